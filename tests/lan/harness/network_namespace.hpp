// A network namespace: datagrams of its sockets stay in it. It has no name, and the kernel removes
// it when no process uses it any more. So even a test that is killed leaves none behind.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace swarm::lan {

class NetworkNamespace {
 public:
  NetworkNamespace();  // needs root; throws std::system_error
  ~NetworkNamespace();
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;

  // Moves this thread into the namespace for good. Allocates nothing, so the child of a fork may
  // call it too.
  bool enter() const noexcept;
  // A path that the command `ip` accepts as a `netns`.
  std::string path() const;

  // Calls `body` on a new thread in the namespace, and waits until it has returned.
  template <class Body>
  std::invoke_result_t<Body> inside(const Body& body) const;

 private:
  void enter_or_throw() const;
  int fd_ = -1;
};

// Runs a program to its end. Looks for it in the folders of an administrator's programs too.
// `where` is the namespace to run in; null means the caller's. If the exit code is not 0, throws
// std::runtime_error with the program's output.
void run_command(const std::vector<std::string>& command, const NetworkNamespace* where = nullptr);
bool program_exists(const std::string& name);

template <class Body>
std::invoke_result_t<Body> NetworkNamespace::inside(const Body& body) const {
  using Result = std::invoke_result_t<Body>;
  std::exception_ptr failed;
  std::optional<std::conditional_t<std::is_void_v<Result>, bool, Result>> result;
  std::thread([&] {
    try {
      enter_or_throw();
      if constexpr (std::is_void_v<Result>)
        body();
      else
        result.emplace(body());
    } catch (...) {
      failed = std::current_exception();
    }
  }).join();
  if (failed) std::rethrow_exception(failed);
  if constexpr (!std::is_void_v<Result>) return std::move(*result);
}

}  // namespace swarm::lan
