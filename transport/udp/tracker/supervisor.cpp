#include "transport/udp/tracker/supervisor.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include "transport/udp/system/onward_clock.hpp"
#include "transport/udp/tracker/supervisor_door.hpp"

namespace swarm::udp {
namespace {

constexpr int announcements = 3;  // per death; they are sent a millisecond apart

sockaddr_in socket_address(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(endpoint.ip.v4());
  address.sin_port = htons(endpoint.port);
  return address;
}

// Sends death certificates. It uses a port of its own, because a new worker may already use the
// port of the dead one.
class DeathNotifier {
 public:
  explicit DeathNotifier(std::uint32_t address)
      : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in local = socket_address({address, 0});
    if (socket_ < 0 || ::bind(socket_, reinterpret_cast<const sockaddr*>(&local), sizeof local) < 0)
      throw std::system_error(errno, std::generic_category(), "the supervisor's socket");
  }
  ~DeathNotifier() { close(); }
  DeathNotifier(const DeathNotifier&) = delete;
  DeathNotifier& operator=(const DeathNotifier&) = delete;

  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  void announce(const std::vector<Lifeline::Datagram>& certificate) const {
    for (const auto& datagram : certificate) {
      const sockaddr_in to = socket_address(datagram.to);
      ::sendto(socket_, datagram.bytes.data(), datagram.bytes.size(), MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }
  }

 private:
  int socket_;
};

class Supervisor {
 public:
  Supervisor(const SupervisorSettings& settings, Logger& logger, const ServiceManager& manager,
             const std::function<void()>& reload, const std::function<int(Lifeline&)>& worker);
  ~Supervisor();
  int run();

 private:
  void start_worker();
  // Runs in the worker's process. The worker gets a process group of its own, so that a terminal's
  // signals go only to the supervisor, which passes them on. The signals stay blocked until the
  // worker can handle them.
  int child(pid_t parent);
  void wait_for_signal();
  // The sentence for an operator whose command finds no worker.
  std::string standing() const;
  Time next_deadline();
  void handle(int signal);
  void stop(int signal);
  // Announces the worker's death before clear_away() lets the kernel free the process. Freeing it
  // can take long on a busy machine, while peers wait for a new master.
  void reap();
  void clear_away();
  void died(const std::string& how) { restart(LogLevel::error, "the worker " + how); }
  void restart(LogLevel level, const std::string& why);
  void begin_announcing();
  void announce(Time now);
  // True if the supervisor must send the signs of life to the service manager, because there is no
  // worker, or the worker is still loading its databases.
  bool speaks_for_worker(Time now) const;
  void alive(Time now);

  SupervisorSettings settings_;
  Logger& logger_;
  const ServiceManager& manager_;
  const std::function<void()>& reload_;
  const std::function<int(Lifeline&)>& run_worker_;
  DeathNotifier death_notifier_;
  SupervisorDoor door_;
  Lifeline lifeline_;
  sigset_t signals_{}, inherited_{};
  int signal_fd_ = -1;

  pid_t worker_ = 0;   // 0: no worker lives
  pid_t dead_ = 0;     // a dead worker that clear_away() must still reap; 0: none
  OnwardClock clock_;  // a clock that goes back an hour must not delay a restart
  Time born_{};
  bool started_before_ = false;
  bool stopping_ = false;
  RestartBackOff back_off_;
  std::random_device chance_;
  std::optional<Time> restart_at_;
  std::string last_end_;  // how the previous worker ended; empty if there was none
  Time next_alive_ = never;
  std::vector<Lifeline::Datagram> certificate_;
  int announcements_left_ = 0;
  Time next_announcement_{};
  int forced_code_ = 0;
  Time give_up_at_ = never;
  std::optional<int> exit_code_;
};

Supervisor::Supervisor(const SupervisorSettings& settings, Logger& logger,
                       const ServiceManager& manager, const std::function<void()>& reload,
                       const std::function<int(Lifeline&)>& worker)
    : settings_(settings),
      logger_(logger),
      manager_(manager),
      reload_(reload),
      run_worker_(worker),
      death_notifier_(settings.address),
      door_(settings.control_socket),
      back_off_(settings.restart) {
  sigemptyset(&signals_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&signals_, signal);
  sigprocmask(SIG_BLOCK, &signals_, &inherited_);
  signal_fd_ = signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signal_fd_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

Supervisor::~Supervisor() {
  ::close(signal_fd_);
  sigprocmask(SIG_SETMASK, &inherited_, nullptr);
}

int Supervisor::run() {
  start_worker();
  while (!exit_code_) {
    wait_for_signal();
    const Time now = clock_.now();
    if (announcements_left_ > 0 && now >= next_announcement_) announce(now);
    if (announcements_left_ == 0) clear_away();
    if (restart_at_ && now >= *restart_at_) start_worker();
    if (speaks_for_worker(now) && now >= next_alive_) alive(now);
    if (now >= give_up_at_) exit_code_ = forced_code_;
  }
  while (announcements_left_ > 0) {
    wait_for_signal();
    announce(clock_.now());
  }
  return *exit_code_;
}

void Supervisor::start_worker() {
  clear_away();
  restart_at_.reset();
  lifeline_.clear();
  born_ = next_alive_ = clock_.now();
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return died("could not be started: " + std::system_category().message(errno));
  if (pid == 0) ::_exit(child(parent));
  worker_ = pid;
}

int Supervisor::child(pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) return static_cast<int>(ExitCode::failed);
  ::close(signal_fd_);
  death_notifier_.close();
  door_.close();
  return run_worker_(lifeline_);
}

void Supervisor::wait_for_signal() {
  std::array<pollfd, 2> wait{{{signal_fd_, POLLIN, 0}, {door_.descriptor(), POLLIN, 0}}};
  const auto timeout = next_deadline() - clock_.now();
  const timespec left{std::max<std::int64_t>(timeout / 1s, 0),
                      timeout > 0ns ? (timeout % 1s).count() : 0};
  ::ppoll(wait.data(), wait.size(), next_deadline() == never ? nullptr : &left, nullptr);
  signalfd_siginfo info{};
  while (::read(signal_fd_, &info, sizeof info) == sizeof info)
    handle(static_cast<int>(info.ssi_signo));
  if (wait[1].revents != 0) door_.answer(worker_ != 0 && lifeline_.started(), standing());
}

std::string Supervisor::standing() const {
  if (exit_code_) return "the instance ends";
  if (stopping_) return "the instance stops";
  if (worker_ != 0 && lifeline_.started())
    return fmt::format("the instance runs (process {}), but does not listen on its control socket",
                       worker_);
  const std::string now = worker_ == 0 ? "the instance is started again in a moment"
                                       : "the instance is starting: it reads its files";
  return now + (last_end_.empty() ? "" : fmt::format(" ({}; its log says more)", last_end_)) +
         "; ask again";
}

Time Supervisor::next_deadline() {
  Time next = restart_at_.value_or(never);
  if (announcements_left_ > 0) next = std::min(next, next_announcement_);
  if (speaks_for_worker(clock_.now())) next = std::min(next, next_alive_);
  return std::min(next, give_up_at_);
}

void Supervisor::handle(int signal) {
  switch (signal) {
    case SIGCHLD:
      return reap();
    case SIGHUP:
      reload_();
      if (worker_ != 0) ::kill(worker_, SIGHUP);
      return;
    default:
      return stop(signal);
  }
}

void Supervisor::stop(int signal) {
  // If the worker has ended for good and its death is still being announced, its exit code stays.
  if (worker_ == 0) {
    exit_code_ = exit_code_.value_or(static_cast<int>(ExitCode::stopped));
  } else if (stopping_) {
    logger_.warning("asked to stop a second time: ended at once");
    forced_code_ = 128 + signal;
    give_up_at_ = clock_.now() + 1s;  // a disk that hangs may keep the process from dying
    ::kill(worker_, SIGKILL);
  } else {
    ::kill(worker_, SIGTERM);
  }
  stopping_ = true;
}

void Supervisor::reap() {
  siginfo_t death{};
  if (worker_ == 0 ||
      ::waitid(P_PID, static_cast<id_t>(worker_), &death, WEXITED | WNOHANG | WNOWAIT) != 0)
    return;
  if (death.si_pid != worker_) return;
  const bool exited = death.si_code == CLD_EXITED;
  const int code = exited ? death.si_status : 0;
  const bool as_asked = exited && code == static_cast<int>(ExitCode::stopped);
  begin_announcing();  // also after a planned end, so that no member waits for this one
  dead_ = std::exchange(worker_, 0);
  if (forced_code_ != 0) {
    exit_code_ = forced_code_;
  } else if (!stopping_ && exited && code == static_cast<int>(ExitCode::joins_anew)) {
    started_before_ = true;
    restart(LogLevel::info, "the worker has set its files aside");
  } else if (as_asked || code == static_cast<int>(ExitCode::refused) ||
             (exited && !lifeline_.started() && !started_before_)) {
    exit_code_ = code;
  } else if (stopping_) {
    exit_code_ = static_cast<int>(ExitCode::failed);
  } else {
    died(exited ? fmt::format("ended with code {}", code)
                : fmt::format("was ended by signal {} ({})", death.si_status,
                              sigabbrev_np(death.si_status)));
  }
}

void Supervisor::clear_away() {
  if (dead_ != 0) ::waitpid(std::exchange(dead_, 0), nullptr, 0);
}

void Supervisor::restart(LogLevel level, const std::string& why) {
  const Time now = clock_.now();
  started_before_ = started_before_ || lifeline_.started();
  const std::uint64_t chance = std::uint64_t{chance_()} << 32 | chance_();
  const Duration wait = back_off_.ended(now - born_, chance);
  restart_at_ = now + wait;
  next_alive_ = now;
  last_end_ = why;
  logger_.write(level, fmt::format("{}: it is started again in {} ms", why, wait / 1ms));
}

void Supervisor::begin_announcing() {
  certificate_ = lifeline_.certificate();
  announcements_left_ = certificate_.empty() ? 0 : announcements;
  if (announcements_left_ > 0) announce(clock_.now());
}

void Supervisor::announce(Time now) {
  if (now < next_announcement_ && announcements_left_ < announcements) return;
  death_notifier_.announce(certificate_);
  --announcements_left_;
  next_announcement_ = now + 1ms;
}

bool Supervisor::speaks_for_worker(Time now) const {
  return worker_ == 0 || (!lifeline_.started() && now - born_ < settings_.longest_start);
}

void Supervisor::alive(Time now) {
  next_alive_ = manager_.watchdog() > 0ns ? now + manager_.watchdog() / 3 : never;
  if (manager_.watchdog() > 0ns) manager_.alive();
}

}  // namespace

int supervise(const SupervisorSettings& settings, Logger& logger, const ServiceManager& manager,
              const std::function<void()>& reload, const std::function<int(Lifeline&)>& worker) {
  return Supervisor(settings, logger, manager, reload, worker).run();
}

}  // namespace swarm::udp
