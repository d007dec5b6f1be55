// A real swarm-tracker on a host of a site: supervisor and worker, with their own data directory,
// log and trace. The destructor ends both processes.
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

using Keys = std::map<std::string, std::string>;  // configuration: "keep-alive" -> "10ms"

class TrackerProcess {
 public:
  // Does not start it. `keys` are added to the keys that the site needs, and override them.
  TrackerProcess(const Site& site, unsigned host, Keys keys);
  ~TrackerProcess();
  TrackerProcess(const TrackerProcess&) = delete;
  TrackerProcess& operator=(const TrackerProcess&) = delete;

  unsigned host() const { return host_; }
  const std::string& name() const { return name_; }  // for example t1
  Endpoint peers_address() const;                    // the address from which it answers peers
  std::filesystem::path data() const { return folder_ / "data"; }
  std::filesystem::path log() const { return folder_ / "log"; }  // the log of all its starts
  std::filesystem::path trace() const { return folder_ / "trace.jsonl"; }
  Keys& keys() { return keys_; }  // the keys for the next start
  // The program for the next start; if empty, the program that was built with these tests.
  void set_program(std::filesystem::path program) { program_ = std::move(program); }

  void start();
  bool runs() const { return supervisor_.has_value(); }  // true until this object has ended it

  // Its status or metrics; nullopt if it does not answer or is paused.
  std::optional<observe::Status> status() const;
  std::optional<std::string> metrics() const;
  // Gives it an operator's order. Throws std::runtime_error if it does not answer.
  udp::HttpResponse order(const std::string& target) const;

  ProcessHandle supervisor() const;
  ProcessHandle worker() const;  // waits until there is a worker
  int wait_for_exit();           // returns the supervisor's exit code
  // Kills the worker with SIGKILL, and returns the time. The supervisor starts a new worker.
  Time kill_worker() const;
  // Kills both at once with SIGKILL, as if the host had lost power, and returns the time.
  Time kill();
  void pause();  // sends SIGSTOP to the worker
  void resume();
  void wipe() const;  // empties the data directory

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
