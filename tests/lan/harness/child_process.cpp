#include "tests/lan/harness/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
extern "C" {  // the header of Debian 12 does not say so itself
#include <sys/pidfd.h>
}

#include <fstream>
#include <system_error>
#include <utility>

#include "tests/lan/harness/eventually.hpp"
#include "tests/lan/harness/network_namespace.hpp"

namespace swarm::lan {
namespace {

// In the child of a process with many threads: nothing here allocates.
[[noreturn]] void become(char* const* command, int output, int errors,
                         const NetworkNamespace* where, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent || (where != nullptr && !where->enter())) ::_exit(126);
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors < 0 ? output : errors, STDERR_FILENO);
  ::execv(command[0], command);
  ::_exit(127);
}

pid_t fork_and_become(const std::vector<std::string>& command, int output, int errors,
                      const NetworkNamespace* where) {
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) become(words.data(), output, errors, where, parent);
  return pid;
}

// The letter of /proc/PID/stat behind the name: T while it is stopped.
char state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto end = line.rfind(") ");
  return end == line.npos ? 'X' : line[end + 2];
}

}  // namespace

ProcessHandle::ProcessHandle(pid_t pid) : pid_(pid), fd_(::pidfd_open(pid, 0)) {
  if (fd_ < 0)
    throw std::system_error(errno, std::generic_category(), "process " + std::to_string(pid));
}
ProcessHandle::~ProcessHandle() {
  if (fd_ >= 0) ::close(fd_);
}
ProcessHandle::ProcessHandle(ProcessHandle&& other) noexcept
    : pid_(other.pid_), fd_(std::exchange(other.fd_, -1)) {}
ProcessHandle& ProcessHandle::operator=(ProcessHandle&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(fd_, other.fd_);
  return *this;
}

bool ProcessHandle::signal(int number) const {
  return ::pidfd_send_signal(fd_, number, nullptr, 0) == 0;
}

bool ProcessHandle::ended(Duration within) const {
  pollfd wait{fd_, POLLIN, 0};
  return ::poll(&wait, 1, static_cast<int>(within / 1ms)) == 1;
}

void ProcessHandle::stop() const {
  signal(SIGSTOP);
  while (state_of(pid_) != 'T' && !ended()) std::this_thread::yield();
}

ChildProcess::ChildProcess(const std::vector<std::string>& command, int output,
                           const NetworkNamespace* where, int errors)
    : handle_(fork_and_become(command, output, errors, where)) {}

ChildProcess::~ChildProcess() {
  if (reaped_) return;
  handle_.signal(SIGKILL);
  ::waitpid(handle_.pid(), nullptr, 0);
}

int ChildProcess::wait(Duration limit) {
  if (reaped_) return code_;
  if (!handle_.ended(limit))
    throw NeverHappened("never happened: the end of process " + std::to_string(handle_.pid()));
  int status = 0;
  ::waitpid(handle_.pid(), &status, 0);
  reaped_ = true;
  return code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace swarm::lan
