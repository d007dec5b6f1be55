// A network of its own: what its sockets send stays in it. It has no name and is gone with the last
// who holds it, so that not even a test that is killed leaves one behind.
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
  NetworkNamespace();  // throws std::system_error: needs root
  ~NetworkNamespace();
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;

  // This thread lives in it from here on. Also for the child of a fork: allocates nothing.
  bool enter() const noexcept;
  // As `ip` takes it for `netns`.
  std::string path() const;

  // Does it on a thread that lives in the namespace, and waits for it.
  template <class Body>
  std::invoke_result_t<Body> inside(const Body& body) const;

 private:
  void enter_or_throw() const;
  int fd_ = -1;
};

// Waits for the end of a program, found where an administrator's programs are. Throws
// std::runtime_error, with what it printed, when it does not end with 0. `where`: null: here.
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
