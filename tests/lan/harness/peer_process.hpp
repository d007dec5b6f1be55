// A real swarm-peer on a host of a site, with its own state folder, download folder and log. Keeps
// each line that it prints with --json, and the time at which the line was read.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/lan/harness/child_process.hpp"
#include "tests/lan/harness/site.hpp"

namespace swarm::lan {

using Json = nlohmann::json;

struct Said {
  Time at;
  Json line;
  std::string what() const { return line.at("what"); }
};

class PeerProcess {
 public:
  PeerProcess(const Site& site, unsigned host);  // does not start it
  ~PeerProcess();                                // kills it if it still runs
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  unsigned host() const { return host_; }
  const std::string& name() const { return name_; }  // for example p4
  Endpoint address() const;                          // the address for other peers
  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path downloads() const { return folder_ / "downloads"; }
  std::filesystem::path log() const { return folder_ / "log"; }  // the log of all its starts

  // Later starts name the interface by `name`. By default, they name it by the host's address.
  void use_interface(const std::string& name) { interface_ = name; }

  // Starts a command that uses the network (share, fetch). Adds the interface, the trackers' group,
  // the state folder and --json; to a fetch without -o also the download folder. Forgets the lines
  // of earlier starts. Returns the time of the start.
  Time start(const std::vector<std::string>& words);
  // Runs a command that ends by itself and needs no network (status, verify). Returns its exit
  // code.
  int run(const std::vector<std::string>& words);
  bool runs() const { return process_ != nullptr; }  // true until this object ends the process

  Time kill();  // sends SIGKILL and returns the time; all lines that it printed are in said()
  int stop();   // stops it as Ctrl-C does; returns its exit code
  int wait();   // returns its exit code; all lines that it printed are in said()

  // The lines of the last start, in order; the second function returns only those of this name.
  std::vector<Said> said() const;
  std::vector<Said> said(std::string_view what) const;
  // Waits for the first line of this name ("": any name) for which `holds` returns true, and
  // returns it. Throws NeverHappened, immediately if the process has ended.
  template <class Holds>
  Said await(std::string_view what, const Holds& holds) const;
  Said await(std::string_view what) const {
    return await(what, [](const Json&) { return true; });
  }

 private:
  class Reader;
  void begin(std::vector<std::string> command);
  void await_line(std::string_view what, std::size_t seen) const;  // throws NeverHappened

  const Site& site_;
  unsigned host_;
  std::string name_;
  std::filesystem::path folder_;
  std::string interface_;
  std::unique_ptr<Reader> reader_;
  std::unique_ptr<ChildProcess> process_;
};

template <class Holds>
Said PeerProcess::await(std::string_view what, const Holds& holds) const {
  for (std::size_t seen = 0;; await_line(what, seen)) {
    const auto all = said();
    for (; seen < all.size(); ++seen)
      if ((what.empty() || all[seen].what() == what) && holds(all[seen].line)) return all[seen];
  }
}

}  // namespace swarm::lan
