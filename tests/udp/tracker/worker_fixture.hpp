// A worker in its own process, without a supervisor. The test reads its log line by line.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>
#include <utility>

#include "tests/engine/db/temporary_directory.hpp"
#include "transport/udp/tracker/worker.hpp"

namespace swarm::udp {

class WorkerTest : public testing::Test {
 public:
  ~WorkerTest() override {
    if (worker_ > 0) {  // only a failed test leaves the worker running
      ::kill(worker_, SIGKILL);
      ::waitpid(worker_, nullptr, 0);
    }
    for (const int fd : log_) ::close(fd);
  }

 protected:
  WorkerTest() { EXPECT_EQ(::pipe(log_.data()), 0); }

  // The configuration of an instance that is no member. Each test uses its own address.
  Configuration configuration(const std::string& more = "") const {
    const auto low = static_cast<unsigned>(test_) % 250 + 1;
    const auto high = static_cast<unsigned>(test_) / 250 % 250 + 1;
    auto made = parse_configuration(
        fmt::format("interface = 127.{}.{}.77\nmulticast-group = none\n{}"
                    "data-directory = {}\n{}\n",
                    high, low, more.starts_with("http-address") ? "" : "http-address = none\n",
                    folder_ / "data", more),
        "test");
    resolve(made);
    return made;
  }
  void start(const std::function<Configuration()>& read, const std::string& more = "") {
    worker_ = ::fork();
    ASSERT_GE(worker_, 0);
    if (worker_ != 0) {
      ::close(std::exchange(log_[1], -1));  // so that a read notices the end of the worker
      return;
    }
    sigset_t signals;  // the signals that the supervisor blocks before it starts a worker
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    ::dup2(log_[1], STDERR_FILENO);
    Lifeline lifeline;
    ::_exit(static_cast<int>(run_worker(configuration(more), lifeline, ServiceManager(), read)));
  }
  // Reads the worker's log until a line contains `part`. Returns this line; "" if there is none.
  std::string await(const std::string& part) {
    for (;;) {
      const auto end = text_.find('\n');
      if (end == text_.npos) {
        if (!read_more()) return {};
        continue;
      }
      const auto line = text_.substr(0, end);
      text_.erase(0, end + 1);
      if (line.find(part) != line.npos) return line;
    }
  }
  int exit_code() {
    int status = 0;
    EXPECT_EQ(::waitpid(worker_, &status, 0), worker_);
    worker_ = 0;
    EXPECT_TRUE(WIFEXITED(status));
    return WEXITSTATUS(status);
  }

  pid_t worker_ = 0;
  TemporaryDirectory folder_;

 private:
  static constexpr int patience_ms = 20'000;  // only a test that fails waits for so long

  bool read_more() {
    pollfd wait{log_[0], POLLIN, 0};
    if (::poll(&wait, 1, patience_ms) <= 0) return false;
    std::array<char, 4096> bytes{};
    const auto size = ::read(log_[0], bytes.data(), bytes.size());
    if (size > 0) text_.append(bytes.data(), static_cast<std::size_t>(size));
    return size > 0;
  }

  pid_t test_ = ::getpid();
  std::array<int, 2> log_{};
  std::string text_;
};

}  // namespace swarm::udp
