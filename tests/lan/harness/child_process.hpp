// Holds processes by descriptors (pidfd). So a signal never reaches a different process, even if
// the kernel has reused the process's number.
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
  explicit ProcessHandle(pid_t pid);  // throws std::system_error if there is no such process
  ~ProcessHandle();
  ProcessHandle(ProcessHandle&& other) noexcept;
  ProcessHandle& operator=(ProcessHandle&& other) noexcept;

  pid_t pid() const { return pid_; }
  bool signal(int number) const;  // returns false if the process has ended
  bool ended(Duration within = {}) const;
  // Sends SIGSTOP, and waits until the main thread of the process has stopped.
  void stop() const;

 private:
  pid_t pid_;
  int fd_;
};

// A process that this one starts. It dies when this object or the thread that started it ends.
class ChildProcess {
 public:
  // Standard output goes to `output`. Standard error goes to `errors`, or to `output` if `errors`
  // is -1. The process runs in the namespace `where`; null means the caller's.
  ChildProcess(const std::vector<std::string>& command, int output, const NetworkNamespace* where,
               int errors = -1);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  const ProcessHandle& handle() const { return handle_; }
  // Waits for the end. Returns the exit code, or 128 + the signal that ended the process. Throws
  // NeverHappened after `limit`.
  int wait(Duration limit = 30s);

 private:
  ProcessHandle handle_;
  bool reaped_ = false;
  int code_ = 0;
};

}  // namespace swarm::lan
