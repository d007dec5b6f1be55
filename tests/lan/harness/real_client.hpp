// An unmodified BitTorrent client on a host of a site, with its own folder.
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
  RealClient(ClientKind kind, const Site& site, unsigned host);  // does not start it
  RealClient(const RealClient&) = delete;
  RealClient& operator=(const RealClient&) = delete;

  ClientKind kind() const { return kind_; }
  unsigned host() const { return host_; }
  const std::string& name() const { return name_; }  // for example: aria2 on host 7
  std::filesystem::path downloads() const { return folder_ / "downloads"; }
  std::filesystem::path log() const { return folder_ / "log"; }  // the client's output

  // Puts the file into the client's download folder, so that the client will share it.
  void give(const std::filesystem::path& file) const;
  // Starts the client, which downloads or shares the torrent. Returns the time of the start. Throws
  // std::runtime_error if the client is not installed.
  Time start(const std::filesystem::path& torrent);
  bool runs() const { return process_ != nullptr; }  // true until this object ends the process

  // Stops it as Ctrl-C does, so that it can tell its trackers. Kills it if it does not end.
  void stop();

 private:
  ClientKind kind_;
  const Site& site_;
  unsigned host_;
  std::string name_;
  std::filesystem::path folder_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace swarm::lan
