// The supervisor as a process of its own, with workers that do what a test wants. Nothing sleeps:
// processes are waited for, datagrams are polled for.
#include "transport/udp/tracker/supervisor.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "tests/engine/db/temporary_directory.hpp"
#include "transport/udp/net/asio.hpp"
#include "transport/udp/tracker/supervisor_door.hpp"

namespace swarm::udp {
namespace {

constexpr std::uint32_t home = 0x7f000001;
constexpr int patience_ms = 20'000;  // only a failure waits for so long

// A member that hears certificates.
class Ear {
 public:
  Ear() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(home);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Ear() { ::close(socket_); }
  Endpoint endpoint() const { return {home, port_}; }
  // The next datagram; empty when there is none within `ms`.
  std::string hear(int ms) const {
    pollfd wait{socket_, POLLIN, 0};
    if (::poll(&wait, 1, ms) <= 0) return {};
    std::array<char, 256> bytes{};
    const auto size = ::recv(socket_, bytes.data(), bytes.size(), 0);
    return size > 0 ? std::string(bytes.data(), static_cast<std::size_t>(size)) : std::string();
  }

 private:
  int socket_ = ::socket(AF_INET, SOCK_DGRAM, 0);
  std::uint16_t port_ = 0;
};

// What workers, which are other processes, count together.
struct Counts {
  std::atomic<int> starts = 0, reloads = 0;
};

class SupervisorTest : public testing::Test {
 protected:
  SupervisorTest() {
    void* const memory =
        ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    counts_ = new (memory) Counts;
    EXPECT_EQ(::pipe(started_.data()), 0);
  }
  ~SupervisorTest() override {
    ::munmap(counts_, sizeof(Counts));
    for (const int fd : started_) ::close(fd);
  }

  void supervise(const std::function<int(Lifeline&)>& worker, Duration back_off = 1ms) {
    supervisor_ = ::fork();
    ASSERT_GE(supervisor_, 0);
    if (supervisor_ != 0) return;
    hold_back({SIGTERM});  // also once it has returned
    Logger logger(LogLevel::error, LogFormat::text, "test");
    SupervisorSettings settings;
    settings.address = home;
    settings.restart.first = back_off;
    settings.restart.most = 2 * back_off;
    settings.control_socket = control_socket_;
    ::_exit(udp::supervise(
        settings, logger, ServiceManager(), [this] { ++counts_->reloads; }, worker));
  }
  int exit_code() const {
    int status = 0;
    EXPECT_EQ(::waitpid(supervisor_, &status, 0), supervisor_);
    EXPECT_TRUE(WIFEXITED(status));
    return WEXITSTATUS(status);
  }
  static void hold_back(std::initializer_list<int> which) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : which) sigaddset(&signals, signal);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
  }
  // In a worker: it is there, and SIGTERM and SIGHUP are held back for sigwait.
  void say_started() const {
    hold_back({SIGTERM, SIGHUP});
    const pid_t self = ::getpid();
    EXPECT_EQ(::write(started_[1], &self, sizeof self), ssize_t{sizeof self});
  }
  static int wait_for_signal() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    int signal = 0;
    sigwait(&signals, &signal);
    return signal;
  }
  // In the test: the pid of the worker that said so.
  pid_t started() const {
    pollfd wait{started_[0], POLLIN, 0};
    pid_t pid = 0;
    EXPECT_EQ(::poll(&wait, 1, patience_ms), 1);
    EXPECT_EQ(::read(started_[0], &pid, sizeof pid), ssize_t{sizeof pid});
    return pid;
  }

  // What it says once it says something that has this in it.
  SupervisorWord word_with(const std::string& part) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    std::optional<SupervisorWord> word;
    do {
      word = ask_supervisor(control_socket_);
      if (word && word->sentence.find(part) != std::string::npos) return *word;
    } while (std::chrono::steady_clock::now() < end);
    ADD_FAILURE() << "not said: " << part << "; last: " << (word ? word->sentence : "nothing");
    return {};
  }

  const TemporaryDirectory folder_;
  const std::filesystem::path control_socket_ = folder_ / "control.sock";
  Counts* counts_;
  std::array<int, 2> started_{};
  pid_t supervisor_ = 0;
};

void certify(Lifeline& lifeline, const Endpoint& to, std::string_view text) {
  Outbox out;
  out.send(Channel::cluster, to, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  lifeline.set_certificate(out);
}

TEST_F(SupervisorTest, TellsADeathThreeTimesAndStartsTheWorkerAgain) {
  const Ear ear;
  supervise([&](Lifeline& lifeline) {
    const int start = ++counts_->starts;
    lifeline.set_started();
    certify(lifeline, ear.endpoint(), "dead " + std::to_string(start));
    say_started();
    return wait_for_signal() == SIGTERM ? 0 : 1;
  });
  ::kill(started(), SIGKILL);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ear.hear(patience_ms), "dead 1");
  started();
  ::kill(supervisor_, SIGTERM);
  EXPECT_EQ(exit_code(), 0);
  EXPECT_EQ(counts_->starts, 2);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ear.hear(patience_ms), "dead 2");  // nobody has to wait
}

TEST_F(SupervisorTest, AFirstStartThatFailsIsNotTriedAgain) {
  supervise([&](Lifeline&) {
    ++counts_->starts;
    return 2;
  });
  EXPECT_EQ(exit_code(), 2);
  EXPECT_EQ(counts_->starts, 1);
}

TEST_F(SupervisorTest, ALaterStartThatFailsIsTriedAgain) {
  supervise([&](Lifeline& lifeline) {
    const int start = ++counts_->starts;
    if (start == 1) lifeline.set_started();
    return start < 4 ? 1 : 0;
  });
  EXPECT_EQ(exit_code(), 0);
  EXPECT_EQ(counts_->starts, 4);
}

TEST_F(SupervisorTest, AWorkerThatWasRefusedIsNotStartedAgain) {
  supervise([&](Lifeline& lifeline) {
    ++counts_->starts;
    lifeline.set_started();
    return static_cast<int>(ExitCode::refused);
  });
  EXPECT_EQ(exit_code(), static_cast<int>(ExitCode::refused));
  EXPECT_EQ(counts_->starts, 1);
}

// It may be the first thing that a worker does.
TEST_F(SupervisorTest, AWorkerThatJoinsAnewIsStartedAgain) {
  supervise([&](Lifeline&) {
    const int start = ++counts_->starts;
    return static_cast<int>(start == 1 ? ExitCode::joins_anew : ExitCode::stopped);
  });
  EXPECT_EQ(exit_code(), 0);
  EXPECT_EQ(counts_->starts, 2);
}

// A few times, because the signal has to come within the two milliseconds of the announcing.
TEST_F(SupervisorTest, ASignalWhileItTellsOfTheLastEndChangesNoExitCode) {
  for (int i = 0; i < 10; ++i) {
    const Ear ear;
    supervise([&](Lifeline& lifeline) {
      lifeline.set_started();
      certify(lifeline, ear.endpoint(), "refused");
      return static_cast<int>(ExitCode::refused);
    });
    EXPECT_EQ(ear.hear(patience_ms), "refused");
    ::kill(supervisor_, SIGTERM);
    EXPECT_EQ(exit_code(), static_cast<int>(ExitCode::refused));
  }
}

TEST_F(SupervisorTest, PassesAReloadOn) {
  supervise([&](Lifeline& lifeline) {
    lifeline.set_started();
    say_started();
    return wait_for_signal() == SIGHUP ? 0 : 1;
  });
  started();
  ::kill(supervisor_, SIGHUP);
  EXPECT_EQ(exit_code(), 0);
  EXPECT_EQ(counts_->reloads, 1);
}

TEST_F(SupervisorTest, TheSecondRequestToStopEndsAWorkerThatDoesNot) {
  supervise([&](Lifeline& lifeline) -> int {
    lifeline.set_started();
    say_started();
    wait_for_signal();  // the first one
    say_started();
    for (;;) ::pause();
  });
  started();
  ::kill(supervisor_, SIGTERM);
  started();
  ::kill(supervisor_, SIGINT);
  EXPECT_EQ(exit_code(), 128 + SIGINT);
}

TEST_F(SupervisorTest, AWorkerDoesNotOutliveIt) {
  supervise([&](Lifeline& lifeline) {
    lifeline.set_started();
    say_started();
    const int signal = wait_for_signal();
    say_started();
    return signal == SIGTERM ? 0 : 1;
  });
  const pid_t worker = started();
  ::kill(supervisor_, SIGKILL);
  EXPECT_EQ(started(), worker);  // it was asked to stop
  int status = 0;
  ::waitpid(supervisor_, &status, 0);
}

TEST_F(SupervisorTest, SaysThatItsWorkerIsToBeStartedAgainAndWhy) {
  supervise(
      [&](Lifeline& lifeline) {
        lifeline.set_started();
        say_started();
        return wait_for_signal();
      },
      1h);
  const pid_t worker = started();
  EXPECT_TRUE(word_with("the instance runs (process " + std::to_string(worker)).worker_runs);
  ::kill(worker, SIGKILL);
  const auto word = word_with("started again");
  EXPECT_FALSE(word.worker_runs);
  EXPECT_EQ(word.sentence,
            "the instance is started again in a moment (the worker was ended by signal 9 (KILL); "
            "its log says more); ask again");
  ::kill(supervisor_, SIGTERM);
  EXPECT_EQ(exit_code(), 0);
  EXPECT_FALSE(ask_supervisor(control_socket_)) << "it has ended";
}

TEST_F(SupervisorTest, SaysThatItsWorkerIsStarting) {
  supervise([&](Lifeline& lifeline) {
    const int start = ++counts_->starts;
    if (start == 2) lifeline.set_started();
    say_started();
    return wait_for_signal() == SIGTERM ? 0 : 1;
  });
  started();
  const auto first = ask_supervisor(control_socket_);
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->worker_runs);
  EXPECT_EQ(first->sentence, "the instance is starting: it reads its files; ask again");
  ::kill(supervisor_, SIGTERM);
  EXPECT_EQ(exit_code(), 0);
}

// Whoever asks holds up nothing, and the folder may be named by another way.
TEST_F(SupervisorTest, AnswersWhoeverAsksByAnyWayToTheFolder) {
  std::filesystem::create_directory(folder_ / "in");
  supervise([&](Lifeline& lifeline) {
    lifeline.set_started();
    say_started();
    return wait_for_signal() == SIGTERM ? 0 : 1;
  });
  started();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(ask_supervisor(folder_ / "in/../control.sock")) << i;
  EXPECT_FALSE(ask_supervisor(folder_ / "other.sock"));
  ::kill(supervisor_, SIGTERM);
  EXPECT_EQ(exit_code(), 0);
}

TEST(Lifeline, KeepsTheCertificateThatWasCompleteLast) {
  Lifeline lifeline;
  EXPECT_TRUE(lifeline.certificate().empty());
  certify(lifeline, {home, 1}, "first");
  certify(lifeline, {home, 2}, "second");
  const auto certificate = lifeline.certificate();
  ASSERT_EQ(certificate.size(), 1u);
  EXPECT_EQ(certificate[0].to, (Endpoint{home, 2}));
  EXPECT_EQ(std::string(certificate[0].bytes.begin(), certificate[0].bytes.end()), "second");
  lifeline.clear();
  EXPECT_TRUE(lifeline.certificate().empty());
}

}  // namespace
}  // namespace swarm::udp
