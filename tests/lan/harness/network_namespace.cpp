#include "tests/lan/harness/network_namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <system_error>

#include "tests/lan/harness/child_process.hpp"

namespace swarm::lan {
namespace {

std::string find_program(const std::string& name) {
  for (const char* folder : {"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"})
    if (::access((folder + name).c_str(), X_OK) == 0) return folder + name;
  return {};
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t n = 0; (n = ::read(fd, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(n));
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

NetworkNamespace::NetworkNamespace() {
  int error = 0;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) == 0)
      fd_ = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    error = errno;
  }).join();
  if (fd_ < 0)
    throw std::system_error(error, std::generic_category(), "no network namespace can be made");
}

NetworkNamespace::~NetworkNamespace() {
  ::close(fd_);
}

bool NetworkNamespace::enter() const noexcept {
  return ::setns(fd_, CLONE_NEWNET) == 0;
}

void NetworkNamespace::enter_or_throw() const {
  if (!enter())
    throw std::system_error(errno, std::generic_category(), "a network namespace is shut");
}

std::string NetworkNamespace::path() const {
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd_);
}

bool program_exists(const std::string& name) {
  return !find_program(name).empty();
}

void run_command(const std::vector<std::string>& command, const NetworkNamespace* where) {
  auto found = command;
  found[0] = find_program(command[0]);
  if (found[0].empty()) throw std::runtime_error(command[0] + " is not installed");
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) < 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  ChildProcess child(found, pipe[1], where);
  ::close(pipe[1]);
  const std::string printed = read_all(pipe[0]);
  ::close(pipe[0]);
  if (const int code = child.wait(); code != 0)
    throw std::runtime_error("`" + joined(command) + "` ended with " + std::to_string(code) + ": " +
                             printed);
}

}  // namespace swarm::lan
