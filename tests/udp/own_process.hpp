// Runs a part of a test in its own process, so that it can be killed or have its own mounts.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

namespace swarm::udp {

class OwnProcess {
 public:
  // Runs `body` in a child process, which ends after it. The test must not have threads yet.
  explicit OwnProcess(const std::function<void()>& body) : id_(::fork()) {
    if (id_ != 0) return;
    try {
      body();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  ~OwnProcess() {
    if (id_ > 0) kill();
  }
  void kill() {
    ::kill(id_, SIGKILL);
    wait();
  }
  bool ended_well() { return WIFEXITED(wait()) && WEXITSTATUS(status_) == 0; }

 private:
  int wait() {
    ::waitpid(id_, &status_, 0);
    id_ = -1;
    return status_;
  }

  pid_t id_;
  int status_ = 0;
};

// Mounts a disk of so many KiB that only this process sees, so call it in an OwnProcess. Returns
// false if this user may not mount.
inline bool mount_small_disk(const std::string& folder, int kib) {
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  const std::string size = "size=" + std::to_string(kib) + "k";
  return ::mount("swarm", folder.c_str(), "tmpfs", 0, size.c_str()) == 0;
}

}  // namespace swarm::udp
