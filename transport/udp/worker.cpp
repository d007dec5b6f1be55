#include "transport/udp/worker.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <optional>

#include "engine/assert.hpp"
#include "engine/quantity.hpp"
#include "engine/tracker/tracker.hpp"
#include "observe/log_line.hpp"
#include "observe/metrics.hpp"
#include "observe/trace.hpp"
#include "transport/udp/boot_clock.hpp"
#include "transport/udp/disk_thread.hpp"
#include "transport/udp/http_server.hpp"
#include "transport/udp/http_tracker_door.hpp"
#include "transport/udp/interface_watch.hpp"
#include "transport/udp/network_interfaces.hpp"
#include "transport/udp/node_host.hpp"
#include "transport/udp/process_usage.hpp"
#include "transport/udp/self_watch.hpp"
#include "transport/udp/store_files.hpp"

namespace swarm::udp {
namespace {

std::uint64_t random_number() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number)
    throw std::runtime_error("the system gives no random numbers");
  return number;
}

LogLevel level_of(observe::Weight weight) {
  switch (weight) {
    case observe::Weight::error:
      return LogLevel::error;
    case observe::Weight::warning:
      return LogLevel::warning;
    case observe::Weight::notice:
      return LogLevel::notice;
    case observe::Weight::info:
      return LogLevel::info;
    case observe::Weight::debug:
      break;
  }
  return LogLevel::debug;
}

// The supervisor left them blocked; so they are in the disks' threads, which must not be
// interrupted.
void unblock_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

std::filesystem::path made(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error)
    throw std::runtime_error(
        fmt::format("cannot make the data directory {}: {}", directory.string(), error.message()));
  return directory;
}

// Damaged files are refused, or set aside where the configuration says so.
std::unique_ptr<StoreFiles> open_files(const Configuration& configuration, Logger& logger) {
  const auto directory = made(configuration.data_directory);
  try {
    return std::make_unique<StoreFiles>(directory, random_number);
  } catch (const db::Damaged& damage) {
    if (!configuration.rejoin_when_damaged) throw;
    std::filesystem::path folder;
    try {
      folder = set_aside(directory);
    } catch (const std::filesystem::filesystem_error& error) {
      throw db::Damaged(fmt::format("{} (rejoin-when-damaged: its files cannot be moved: {})",
                                    damage.what(), error.what()));
    }
    logger.error(fmt::format("{} (rejoin-when-damaged: its files are now in {})", damage.what(),
                             folder.string()));
  }
  return std::make_unique<StoreFiles>(directory, random_number);
}

// Where files were set aside, a store that is no member yet is to join: its swarm is there.
Tracker::Start what_is_there(const Configuration& configuration, StoreFiles& files) {
  auto settings = configuration.tracker;
  if (configuration.rejoin_when_damaged && !files.ballot().member &&
      was_set_aside(configuration.data_directory))
    settings.first_start = FirstStart::join;
  return {std::move(settings), files.take_image(), files.ballot(), BootId{random_number() | 1},
          random_number()};
}

WriteAheadLog wal_of(StoreFiles& files) {
  return {.pages = [&files] { return files.wal_pages(); },
          .checkpoint = [&files] { files.checkpoint(); }};
}

observe::ChannelCounts counts(const SocketCounters& c) {
  return {c.received,          c.received_bytes, c.sent,     c.sent_bytes,
          c.receive_overflows, c.send_dropped,   c.truncated};
}
observe::DiskCounts counts(const DiskCounters& c) {
  return {c.tickets, c.commits, c.checkpoints, c.longest_commit, c.total_commit};
}

observe::HttpCounts counts(const HttpCounters& c) {
  return {c.connections, c.requests, c.made_room, c.unanswered};
}

class Worker final : public Surroundings {
 public:
  Worker(Configuration configuration, Lifeline& lifeline, const ServiceManager& manager,
         const std::function<Configuration()>& read, Logger& logger)
      : configuration_(std::move(configuration)),
        lifeline_(lifeline),
        manager_(manager),
        read_(read),
        logger_(logger),
        signals_(io_, SIGTERM, SIGINT, SIGHUP),
        files_(open_files(configuration_, logger_)),
        tracker_(what_is_there(configuration_, *files_)),
        host_(io_, tracker_, *this),
        log_disk_(std::in_place, io_, files_->tracker_db(), wal_of(*files_), reports(Disk::log)),
        ballot_disk_(std::in_place, io_, files_->ballot_db(), reports(Disk::ballot)),
        tick_(io_),
        stop_timer_(io_) {}

  ExitCode run();

  void event(Time now, const Event& event) override;
  void persist(Outbox::LogWrite write) override { log_disk_->write(std::move(write)); }
  void persist(Outbox::BallotWrite write) override { ballot_disk_->write(std::move(write)); }
  void answer_http(const Endpoint& to, Bytes body) override {
    if (clients_) clients_->answer(to, body);
  }
  bool may_answer_peers(Time now) override { return now < tracker_.view().answers_until; }
  void exit(std::string_view reason) override;

 private:
  void open_sockets();
  std::optional<DatagramSocket> open_socket6();
  void watch_interfaces();
  void interfaces_changed();
  void follow_address6();
  std::vector<std::string> peers_addresses() const;
  void open_trace();
  void trace(Time now, const Event& event);
  void open_doors();
  DiskReports reports(Disk disk);

  void wait_for_signals();
  void stop(int signal);
  void reload();
  tl::expected<Configuration, std::string> read_again() const;
  void reloaded(const tl::expected<Configuration, std::string>& fresh);
  void take_over(const Configuration& fresh);
  void tick();
  void look_at_itself();
  void finish(ExitCode code) {
    exit_code_ = code;
    io_.stop();
  }
  [[noreturn]] void die(std::string_view reason, ExitCode code = ExitCode::failed);
  [[noreturn]] void damaged(std::string_view reason);
  void refused(event::Refused::Why why);

  HttpResponse look(const HttpRequest& request);
  HttpResponse obey(const HttpRequest& request);
  HttpResponse order(std::string_view order);
  HttpResponse leave();
  HttpResponse remove_member(std::string_view text);
  HttpResponse begin(FirstStart how);
  observe::Status status() const;
  observe::HostCounts host_counts() const;
  std::string standing() const;
  bool has_moved() const;

  Configuration configuration_;
  Lifeline& lifeline_;
  const ServiceManager& manager_;
  const std::function<Configuration()>& read_;
  Logger& logger_;
  Time born_ = boot_clock_now();
  pid_t supervisor_ = ::getppid();

  asio::io_context io_{1};
  asio::thread_pool reader_{1};  // of what a reload reads: a long list of contents, a slow disk
  bool reading_ = false, read_once_more_ = false;
  asio::signal_set signals_;  // what comes while the databases are read is obeyed after it
  std::unique_ptr<StoreFiles> files_;
  Tracker tracker_;
  NodeHost host_;
  std::optional<LogDisk> log_disk_;
  std::optional<BallotDisk> ballot_disk_;
  asio::steady_timer tick_, stop_timer_;
  std::unique_ptr<HttpServer> control_, http_;
  std::optional<HttpTrackerDoor> clients_;
  std::ofstream trace_file_;
  std::optional<observe::TraceWriter> trace_;
  observe::Metrics metrics_;
  SelfWatch watch_;
  std::optional<InterfaceWatch> interfaces_;
  bool interface_gone_ = false;
  std::optional<Ip> refused6_;  // an address that could not be listened on
  std::string told_status_;
  bool stopping_ = false, leaving_ = false;
  ExitCode exit_code_ = ExitCode::failed;
};

ExitCode Worker::run() {
  open_sockets();
  open_trace();
  open_doors();
  wait_for_signals();
  unblock_signals();
  logger_.notice(fmt::format("swarm-tracker {} speaks to trackers at {} and to peers at {}",
                             version, to_string(configuration_.tracker.cluster_address),
                             fmt::join(peers_addresses(), ", ")));
  host_.start();
  watch_interfaces();
  lifeline_.set_started();
  manager_.ready();
  tick();
  try {
    io_.run();
  } catch (const std::exception& error) {  // a bug: nothing of this process is to be trusted
    die(error.what());
  }
  host_.stop();
  ::alarm(static_cast<unsigned>(configuration_.stop_timeout / 1s) + 1);  // a disk may hang
  log_disk_.reset();  // what was asked to be written is on disk before the process ends
  ballot_disk_.reset();
  return exit_code_;
}

void Worker::open_sockets() {
  const auto& c = configuration_;
  const auto& t = c.tracker;
  const MulticastSettings multicast{t.cluster_address.ip.v4(), c.multicast_ttl};
  std::size_t given = c.socket_buffer;
  const auto listen = [&](Channel channel, DatagramSocket socket) {
    given = std::min(given, socket.set_buffers(c.socket_buffer));
    host_.listen(channel, std::move(socket));
  };
  listen(Channel::cluster, DatagramSocket::unicast(io_, t.cluster_address, multicast));
  listen(Channel::peers, DatagramSocket::unicast(io_, t.peers_address, multicast));
  if (auto socket6 = open_socket6()) listen(Channel::peers, std::move(*socket6));
  if (c.multicast_group != 0) {
    const MulticastSettings peers{t.peers_address.ip.v4(), c.multicast_ttl};
    listen(Channel::cluster,
           DatagramSocket::group(io_, {c.multicast_group, c.cluster_port}, multicast));
    listen(Channel::peers, DatagramSocket::group(io_, {c.multicast_group, c.peers_port}, peers));
  }
  if (given < c.socket_buffer)
    logger_.warning(fmt::format(
        "the kernel gives sockets a buffer of {} instead of {} bytes, bursts of peers may be lost: "
        "sysctl -w net.core.rmem_max={} net.core.wmem_max={}",
        given, c.socket_buffer, c.socket_buffer, c.socket_buffer));
}

// `auto` is a wish: another instance on this host may have the address.
std::optional<DatagramSocket> Worker::open_socket6() try {
  if (!configuration_.peers6) return std::nullopt;
  return DatagramSocket::unicast(io_, *configuration_.peers6, {});
} catch (const SocketError& error) {
  if (configuration_.peers_address6 != automatic) throw;
  logger_.warning(fmt::format("peers are not served over IPv6: {}", error.what()));
  configuration_.peers6.reset();
  return std::nullopt;
}

// Without the kernel's word they are looked at once a second (look_at_itself).
void Worker::watch_interfaces() try {
  interfaces_.emplace(io_, [this] { interfaces_changed(); });
} catch (const std::exception& error) {
  logger_.warning(error.what());
}

void Worker::interfaces_changed() {
  const auto followed = host_.follow_interfaces();
  if (followed.again > 0)
    logger_.notice("its interface is there again: it listens to the group again");
  const bool gone = followed.gone > 0;
  if (gone && !interface_gone_)
    logger_.error(
        "its interface is gone, or has lost its address: nobody reaches this instance "
        "there until it is back");
  interface_gone_ = gone;
  follow_address6();
}

// An address that peers may know stays as long as it is this host's.
void Worker::follow_address6() try {
  auto& c = configuration_;
  if (c.peers_address6 != automatic || (c.peers6 && is_own_address(c.peers6->ip))) return;
  const auto interface = interface_with(c.tracker.peers_address.ip.v4());
  const auto fresh = interface ? lasting_address6(*interface) : std::nullopt;
  if (!fresh || fresh == refused6_) return;
  refused6_ = fresh;  // unless it is taken
  auto socket = DatagramSocket::unicast(io_, {*fresh, c.peers_port}, {});
  socket.set_buffers(c.socket_buffer);
  if (c.peers6) host_.stop_listening(Channel::peers, *c.peers6);
  c.peers6 = socket.local();
  refused6_.reset();
  host_.listen(Channel::peers, std::move(socket));
  logger_.notice(
      fmt::format("serves peers at {} too: this host has that address now", to_string(*c.peers6)));
} catch (const SocketError& error) {
  logger_.warning(fmt::format("peers are not served over IPv6: {}", error.what()));
}

std::vector<std::string> Worker::peers_addresses() const {
  std::vector<std::string> all{to_string(configuration_.tracker.peers_address)};
  if (configuration_.peers6) all.push_back(to_string(*configuration_.peers6));
  if (clients_)
    for (const auto& address : clients_->addresses()) all.push_back("http://" + address);
  return all;
}

void Worker::open_trace() {
  if (configuration_.trace_file.empty()) return;
  trace_file_.open(configuration_.trace_file, std::ios::app);
  if (!trace_file_)
    throw std::runtime_error(
        fmt::format("cannot write the trace file {}", configuration_.trace_file.string()));
  trace_.emplace(trace_file_);
}

void Worker::open_doors() {
  control_ = HttpServer::control(io_, configuration_.control_socket,
                                 [this](const HttpRequest& request) { return obey(request); });
  if (configuration_.http_address != "none")
    http_ = HttpServer::tcp(io_, configuration_.http_address,
                            [this](const HttpRequest& request) { return look(request); });
  if (!configuration_.announce_http_addresses.empty())
    clients_.emplace(io_, configuration_.announce_http_addresses, host_);
}

DiskReports Worker::reports(Disk disk) {
  return {[this, disk](std::uint64_t ticket) {
            host_.persisted({disk, ticket});
          },
          [this](const std::string& sentence) { die(sentence); },
          [this](const std::string& sentence) { damaged(sentence); }};
}

// What a change of master must be judged by is on its way to the disk at once: a process that is
// killed takes the rest of its buffer with it.
void Worker::trace(Time now, const Event& event) {
  if (!trace_) return;
  trace_->event(now.time_since_epoch(), configuration_.name, event);
  if (std::holds_alternative<event::Serving>(event) ||
      std::holds_alternative<event::HandOver>(event))
    trace_file_.flush();
}

void Worker::event(Time now, const Event& event) {
  metrics_.event(event);
  trace(now, event);
  const auto least =
      logger_.wants(LogLevel::debug) ? observe::Weight::debug : observe::Weight::info;
  if (const auto line = observe::log_line(event, least); !line.sentence.empty())
    logger_.write(level_of(line.weight), line.sentence);
  if (std::holds_alternative<event::ConfigChanged>(event) ||
      std::holds_alternative<event::Founded>(event) ||
      std::holds_alternative<event::RoleChanged>(event)) {
    Outbox certificate;
    tracker_.death_certificate(certificate);
    lifeline_.set_certificate(certificate);
  }
  if (const auto* refusal = std::get_if<event::Refused>(&event)) refused(refusal->why);
}

void Worker::refused(event::Refused::Why why) {
  using Why = event::Refused::Why;
  if (why == Why::removed && leaving_) return;  // it left: exit() comes
  const bool wrong = why == Why::fell_back || why == Why::wrong_tables;
  if (wrong && configuration_.rejoin_when_damaged) damaged("its disk is not to be trusted");
  if (wrong || why == Why::contradicted ||
      why == Why::two_processes) {  // at once: its files stay as they are
    trace_file_.flush();
    ::_exit(static_cast<int>(ExitCode::refused));
  }
  finish(ExitCode::refused);
}

void Worker::exit(std::string_view reason) {
  const bool stopped = (stopping_ || leaving_) && reason.starts_with("stopped");
  const bool left = leaving_ && reason == "left";
  if (!stopped && !left) die(reason);
  logger_.notice(fmt::format("ends: {}", reason));
  finish(ExitCode::stopped);
}

// At once: what hangs, or has failed to write, is not waited for. The log is replayed at the start.
void Worker::die(std::string_view reason, ExitCode code) {
  logger_.error(fmt::format("cannot go on: {}", reason));
  trace_file_.flush();
  ::_exit(static_cast<int>(code));
}

// No later start is to believe what is on the disk.
void Worker::damaged(std::string_view reason) {
  if (!configuration_.rejoin_when_damaged) die(reason, ExitCode::refused);
  try {
    die(fmt::format("{} (rejoin-when-damaged: its files are now in {})", reason,
                    set_aside(configuration_.data_directory).string()));
  } catch (const std::exception& error) {
    die(fmt::format("{} (rejoin-when-damaged: its files cannot be moved: {})", reason,
                    error.what()),
        ExitCode::refused);
  }
}

// Signals.

void Worker::wait_for_signals() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (signal == SIGHUP)
      reload();
    else
      stop(signal);
    wait_for_signals();
  });
}

void Worker::stop(int signal) {
  if (stopping_) {
    logger_.warning("asked to stop a second time: ended at once");
    ::_exit(128 + signal);
  }
  stopping_ = true;
  manager_.stopping();
  if (::getppid() != supervisor_) logger_.error("its supervisor has died");
  logger_.notice("stops: drains, commits and hands over");
  stop_timer_.expires_after(configuration_.stop_timeout);
  stop_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    logger_.warning("ends without a hand-over: nobody took over in time");
    trace_file_.flush();
    ::_exit(static_cast<int>(ExitCode::stopped));  // it may be the disk that holds it up
  });
  host_.step([this](Time now, Outbox& out) { tracker_.stop(now, out); });
}

// What there is to read may be long or slow: it is read beside the event loop, once at a time.
void Worker::reload() {
  read_once_more_ = reading_;
  if (reading_) return;
  reading_ = true;
  manager_.reloading();
  asio::post(reader_, [this] {
    asio::post(io_, [this, fresh = read_again()] {
      reading_ = false;
      reloaded(fresh);
      if (read_once_more_) reload();
    });
  });
}

// Whatever is wrong with what there is to read, or with the host: no reason to end. Nothing of it
// is taken over then.
tl::expected<Configuration, std::string> Worker::read_again() const try {
  return read_();
} catch (const std::exception& error) {
  return tl::unexpected(std::string(error.what()));
}

void Worker::reloaded(const tl::expected<Configuration, std::string>& fresh) {
  if (fresh) {
    take_over(*fresh);
  } else {
    logger_.error(fmt::format("not reloaded, the old configuration stays: {}", fresh.error()));
  }
  manager_.ready();
}

void Worker::take_over(const Configuration& fresh) {
  const auto result = udp::reload(configuration_, fresh);
  logger_.set_level(configuration_.log_level);
  host_.step([this](Time now, Outbox& out) { tracker_.reload(now, configuration_.tracker, out); });
  for (const auto& sentence : result.changed) logger_.notice("reloaded: " + sentence);
  for (const auto& sentence : result.needs_restart)
    logger_.warning("not reloaded, needs a restart: " + sentence);
  if (result.changed.empty() && result.needs_restart.empty())
    logger_.notice("reloaded: nothing has changed");
}

// Once a second, or as often as the watchdog wants: the event loop is alive.
void Worker::tick() {
  Duration every = 1s;
  if (manager_.watchdog() > 0ns) {
    manager_.alive();
    every = std::min(every, manager_.watchdog() / 3);
  }
  if (auto sentence = standing(); sentence != told_status_) {
    manager_.status(sentence);
    told_status_ = std::move(sentence);
  }
  look_at_itself();
  tick_.expires_after(every);
  tick_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void Worker::look_at_itself() {
  const auto& t = configuration_.tracker;
  SelfWatch::Seen seen;
  seen.role = tracker_.view().role;
  seen.first_start = t.first_start;
  seen.expected = t.bootstrap_expect;
  seen.candidates = tracker_.candidates();
  seen.bad_macs = tracker_.rejected(Reject::bad_mac);
  seen.longest_lateness = host_.counters().longest_lateness;
  seen.full = tracker_.full();
  seen.deaf = tracker_.view().deaf;
  seen.clock = host_.now();
  seen.wall = std::chrono::system_clock::now().time_since_epoch();
  seen.own = t.cluster_address;
  if (const auto* self = tracker_.config().find(tracker_.view().member))
    seen.listed = self->cluster;
  for (const auto& [level, sentence] : watch_.look(seen)) logger_.write(level, sentence);
  if (interface_gone_ || !interfaces_) interfaces_changed();
  if (trace_ && !trace_file_.flush()) {
    trace_.reset();
    logger_.error(
        fmt::format("the trace ends here: cannot write {}", configuration_.trace_file.string()));
  }
}

// What it says of itself.

std::string Worker::standing() const {
  const auto& view = tracker_.view();
  if (!view.member) return fmt::format("{}, waits for its swarm", observe::name_of(view.role));
  return fmt::format("{} in term {}, {} of {} members, {} peers of {} contents{}{}",
                     observe::name_of(view.role), view.term.value,
                     view.master ? fmt::format("master is {}", view.master.value) : "no master",
                     view.members, tracker_.table().peers(), tracker_.table().contents(),
                     view.deaf ? ", deaf to the group" : "",
                     has_moved() ? ", known to its swarm at another address" : "");
}

bool Worker::has_moved() const {
  const auto* self = tracker_.config().find(tracker_.view().member);
  return self != nullptr && self->cluster != configuration_.tracker.cluster_address;
}

observe::Status Worker::status() const {
  const auto& view = tracker_.view();
  const Time now = host_.now();
  observe::Status status;
  status.name = configuration_.name;
  status.version = version;
  status.pid = ::getpid();
  status.cluster = view.cluster;
  status.member = view.member;
  status.master = view.master;
  status.role = view.role;
  status.term = view.term;
  status.serving = view.serving && now < view.lease_until;
  status.deaf = view.deaf;
  status.group_heard = view.group_heard;
  status.ready = !has_moved() &&
                 ((status.serving && !status.deaf) || (view.role == Role::slave && view.master));
  status.uptime = now - born_;
  status.log_begin = view.log_begin;
  status.last = view.last;
  status.durable = view.durable;
  status.commit = view.commit;
  status.applied = view.applied;
  status.rows_applied = view.rows_applied;
  status.contents = tracker_.table().contents();
  status.peers = tracker_.table().peers();
  status.memory_bytes = tracker_.memory();
  status.full = tracker_.full();
  for (const auto& report : tracker_.members()) {
    observe::MemberStatus member;
    member.id = report.member.id;
    member.address = report.member.cluster;
    member.store = report.member.store;
    member.standing = report.member.standing;
    member.in_sync = report.member.in_sync;
    member.self = report.self;
    member.role = report.role;
    member.term = report.term;
    member.commit = report.commit;
    member.applied = report.applied;
    member.last = report.last;
    member.behind = view.commit > report.applied ? view.commit - report.applied : 0;
    member.peers = report.peers;
    member.contents = report.contents;
    member.uptime = report.uptime;
    member.heard_from = report.heard_from;
    if (report.self)
      member.last_heard = 0ns;
    else if (report.heard)
      member.last_heard = std::max(now - *report.heard, 0ns);
    status.members.push_back(member);
  }
  return status;
}

observe::HostCounts Worker::host_counts() const {
  observe::HostCounts c;
  c.cluster = counts(host_.sockets(Channel::cluster));
  c.peers = counts(host_.sockets(Channel::peers));
  if (clients_) c.http = counts(clients_->counters());
  if (const auto& list = configuration_.tracker.contents_taken)
    (list->kind() == ContentList::Kind::allow ? c.allowed : c.denied) = list->size();
  c.log = counts(log_disk_->counters());
  c.ballot = counts(ballot_disk_->counters());
  c.answers_too_late = host_.counters().answers_too_late;
  c.steps = host_.counters().steps;
  c.longest_lateness = host_.counters().longest_lateness;
  const auto longest = [this](StepKind kind) {
    return host_.counters().longest_step[static_cast<std::size_t>(kind)];
  };
  c.longest_step = {longest(StepKind::datagrams), longest(StepKind::timer), longest(StepKind::disk),
                    longest(StepKind::other)};
  const auto usage = process_usage();
  c.cpu = usage.cpu;
  c.resident_bytes = usage.resident_bytes;
  return c;
}

HttpResponse Worker::look(const HttpRequest& request) {
  if (request.post) return {.status = 405, .body = "orders: by the control socket\n"};
  if (request.target == "/metrics")
    return {200, std::string(observe::Metrics::content_type),
            metrics_.text(status(), host_counts())};
  if (request.target == "/status")
    return {200, "application/json", observe::status_json(status()) + "\n"};
  if (request.target == "/healthz") return {.body = "alive\n"};
  if (request.target == "/readyz") {
    const bool ready = status().ready;
    return {ready ? 200u : 503u, "text/plain; charset=utf-8", standing() + "\n"};
  }
  return {404, "text/plain; charset=utf-8", "there are /metrics, /healthz, /readyz, /status\n"};
}

HttpResponse Worker::obey(const HttpRequest& request) {
  if (!request.post) return look(request);
  constexpr std::string_view remove = "/remove/";
  if (request.target.starts_with(remove))
    return remove_member(std::string_view(request.target).substr(remove.size()));
  return order(request.target);
}

HttpResponse done(std::string sentence) {
  return {.body = std::move(sentence) + "\n"};
}
HttpResponse refusal(std::string sentence) {
  return {409, "text/plain; charset=utf-8", std::move(sentence) + "\n"};
}

HttpResponse Worker::order(std::string_view order) {
  if (stopping_) return refusal("this instance is stopping");
  if (order == "/handover") {
    bool begun = false;
    host_.step([&](Time now, Outbox& out) { begun = tracker_.hand_over(now, out); });
    if (begun) return done("the master hands over: `status` shows to whom");
    return refusal(tracker_.view().voters == 1 ? "there is no other voter to hand over to"
                                               : "no master is known here that could hand over");
  }
  if (order == "/leave") return leave();
  if (order == "/init") return begin(FirstStart::init);
  if (order == "/join") return begin(FirstStart::join);
  return {404, "text/plain; charset=utf-8",
          "there are /handover, /remove/MEMBER, /leave, /init, /join\n"};
}

HttpResponse Worker::leave() {
  leaving_ = true;  // before the step: it may end in it
  host_.step([this](Time now, Outbox& out) { leaving_ = tracker_.leave(now, out); });
  if (leaving_) return done("this instance leaves its swarm, and ends when that is committed");
  return refusal("the last voter of a swarm cannot leave it");
}

HttpResponse Worker::begin(FirstStart how) {
  if (configuration_.tracker.first_start != FirstStart::manual)
    return refusal("this instance finds its swarm by itself: only with first-start = manual");
  bool begun = false;
  host_.step([&](Time now, Outbox& out) { begun = tracker_.first_start(now, how, out); });
  if (!begun) return refusal("this instance belongs to a swarm already, or is about to");
  return done(how == FirstStart::init ? "a swarm of one is founded" : "asks the swarm to join");
}

HttpResponse Worker::remove_member(std::string_view text) {
  const auto number = parse_count(text, 1, std::numeric_limits<std::uint32_t>::max());
  if (!number) return refusal(number.error());
  const MemberId member{static_cast<std::uint32_t>(*number)};
  if (!tracker_.config().find(member))
    return refusal(fmt::format("there is no member {}", *number));
  bool begun = false;
  host_.step([&](Time now, Outbox& out) { begun = tracker_.remove(now, member, out); });
  if (begun)
    return done(fmt::format("member {} is to be removed: `status` shows when it is", *number));
  if (member == tracker_.view().master)
    return refusal(fmt::format("member {} is the master: hand over first", *number));
  if (tracker_.view().role == Role::master)
    return refusal(fmt::format(
        "without member {} too few living voters would be left: first let a dead member "
        "come back, or remove that one",
        *number));
  return refusal("no master is known here that could");
}

}  // namespace

ExitCode run_worker(Configuration configuration, Lifeline& lifeline, const ServiceManager& manager,
                    const std::function<Configuration()>& read) {
  Logger logger(configuration.log_level, configuration.log_format, configuration.name);
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(0077);  // peers' addresses are nobody else's business
  try {
    return Worker(std::move(configuration), lifeline, manager, read, logger).run();
  } catch (const db::Damaged& damage) {
    logger.error(damage.what());
    return ExitCode::refused;
  } catch (const std::exception& error) {
    logger.error(error.what());
    return ExitCode::failed;
  }
}

}  // namespace swarm::udp
