// A real swarm-tracker: its supervisor and worker on a host of a site, with a data directory, a log
// and a trace of its own. Everything that it started ends with it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "observe/live/status.hpp"
#include "tests/lan/harness/child_process.hpp"
#include "tests/lan/harness/site.hpp"
#include "transport/udp/net/control_socket.hpp"

namespace swarm::lan {

using Keys = std::map<std::string, std::string>;  // of the configuration: "keep-alive", "10ms"

class TrackerProcess {
 public:
  // Not started. `keys` add to what the site makes necessary, and go before it.
  TrackerProcess(const Site& site, unsigned host, Keys keys);
  ~TrackerProcess();
  TrackerProcess(const TrackerProcess&) = delete;
  TrackerProcess& operator=(const TrackerProcess&) = delete;

  unsigned host() const { return host_; }
  const std::string& name() const { return name_; }  // t1
  Endpoint peers_address() const;                    // where it answers peers from
  std::filesystem::path data() const { return folder_ / "data"; }
  std::filesystem::path log() const { return folder_ / "log"; }  // of all its starts
  std::filesystem::path trace() const { return folder_ / "trace.jsonl"; }
  Keys& keys() { return keys_; }  // for the next start
  // The same; none: the one that was built with these tests.
  void set_program(std::filesystem::path program) { program_ = std::move(program); }

  void start();
  bool runs() const { return supervisor_.has_value(); }  // as far as this object has ended it

  // What it tells of itself; nothing: it does not answer, or is paused.
  std::optional<observe::Status> status() const;
  std::optional<std::string> metrics() const;
  // An order of its operator. Throws std::runtime_error when nobody hears it.
  udp::HttpResponse order(const std::string& target) const;

  ProcessHandle supervisor() const;
  ProcessHandle worker() const;  // waits until there is one
  int wait_for_exit();           // the supervisor's exit code
  Time kill_worker() const;      // -9: its supervisor lives, and starts another; returns when
  Time kill();                   // -9 of both at once, as if the host had lost its power
  void pause();                  // SIGSTOP of the worker
  void resume();
  void wipe() const;  // the data directory is empty

 private:
  std::vector<std::string> command() const;
  std::optional<udp::HttpResponse> look(const std::string& target) const;
  std::optional<ProcessHandle> child_of_supervisor() const;

  const Site& site_;
  unsigned host_;
  Keys keys_;
  std::filesystem::path program_;
  std::string name_;
  std::filesystem::path folder_;
  std::optional<ChildProcess> supervisor_;
  std::optional<ProcessHandle> paused_;
};

}  // namespace swarm::lan
