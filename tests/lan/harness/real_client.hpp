// An unmodified BitTorrent client on a host of a site, with a folder of its own.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tests/lan/harness/child_process.hpp"
#include "tests/lan/harness/real_client_programs.hpp"
#include "tests/lan/harness/site.hpp"

namespace swarm::lan {

class RealClient {
 public:
  RealClient(ClientKind kind, const Site& site, unsigned host);  // not started
  RealClient(const RealClient&) = delete;
  RealClient& operator=(const RealClient&) = delete;

  ClientKind kind() const { return kind_; }
  unsigned host() const { return host_; }
  const std::string& name() const { return name_; }  // aria2 on host 7
  std::filesystem::path downloads() const { return folder_ / "downloads"; }
  std::filesystem::path log() const { return folder_ / "log"; }  // what it prints

  // Has the file already, and will share it.
  void give(const std::filesystem::path& file) const;
  // Downloads the torrent, or shares it; returns when it began. Throws std::runtime_error when it
  // is not installed.
  Time start(const std::filesystem::path& torrent);
  bool runs() const { return process_ != nullptr; }  // as far as this object has ended it

  void stop();  // as Ctrl-C does: it may tell its trackers; then killed, if it still runs

 private:
  ClientKind kind_;
  const Site& site_;
  unsigned host_;
  std::string name_;
  std::filesystem::path folder_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace swarm::lan
