// Processes, held by descriptors: a signal reaches the very process that is meant, or nobody, even
// when its number has been given to another.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "engine/base/clock.hpp"

namespace swarm::lan {

class NetworkNamespace;

// Any process of this machine.
class ProcessHandle {
 public:
  explicit ProcessHandle(pid_t pid);  // throws std::system_error: there is none of that number
  ~ProcessHandle();
  ProcessHandle(ProcessHandle&& other) noexcept;
  ProcessHandle& operator=(ProcessHandle&& other) noexcept;

  pid_t pid() const { return pid_; }
  bool signal(int number) const;  // false: it has ended
  bool ended(Duration within = {}) const;
  // SIGSTOP, and waits until its first thread runs no more.
  void stop() const;

 private:
  pid_t pid_;
  int fd_;
};

// One that this process started. It dies with the thread that started it, and with this object.
class ChildProcess {
 public:
  // Standard output and error go to `output`, or error to `errors`; it lives in `where` (null:
  // here).
  ChildProcess(const std::vector<std::string>& command, int output, const NetworkNamespace* where,
               int errors = -1);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  const ProcessHandle& handle() const { return handle_; }
  // Its exit code, or 128 + the signal that ended it. Throws NeverHappened after the limit.
  int wait(Duration limit = 30s);

 private:
  ProcessHandle handle_;
  bool reaped_ = false;
  int code_ = 0;
};

}  // namespace swarm::lan
