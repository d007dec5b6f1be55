#include "transport/udp/tracker/worker.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <stdexcept>

#include "engine/base/quantity.hpp"
#include "engine/base/version.hpp"
#include "transport/udp/tracker/worker_impl.hpp"
#include "transport/udp/tracker/worker_words.hpp"

namespace swarm::udp {
namespace {

LogLevel level_of(observe::Severity severity) {
  switch (severity) {
    case observe::Severity::error:
      return LogLevel::error;
    case observe::Severity::warning:
      return LogLevel::warning;
    case observe::Severity::notice:
      return LogLevel::notice;
    case observe::Severity::info:
      return LogLevel::info;
    case observe::Severity::debug:
      break;
  }
  return LogLevel::debug;
}

// Unblocks the signals that the supervisor left blocked. They stay blocked in the disk threads,
// because a signal must not interrupt a disk thread.
void unblock_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace

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
  ask_for_names();
  lifeline_.set_started();
  manager_.ready();
  tick();
  try {
    io_.run();
  } catch (const std::exception& error) {  // a bug: the process can no longer be trusted
    die(error.what());
  }
  host_.stop();
  ::alarm(static_cast<unsigned>(configuration_.stop_timeout / 1s) + 1);  // a disk may hang
  log_disk_.reset();  // waits until every requested write is on disk
  ballot_disk_.reset();
  if (reading_) end_without_the_reader();
  return exit_code_;
}

// Ends the process without waiting for the reader thread, which may hang in a read.
void Worker::end_without_the_reader() {
  control_.reset();
  trace_file_.flush();
  ::_exit(static_cast<int>(exit_code_));
}

void Worker::open_trace() {
  if (configuration_.trace_file.empty()) return;
  trace_file_.open(configuration_.trace_file, std::ios::app);
  if (!trace_file_)
    throw std::runtime_error(
        fmt::format("cannot write the trace file {}", configuration_.trace_file.string()));
  trace_.emplace(trace_file_);
}

DiskReports Worker::reports() {
  return {[this](Ticket ticket) { host_.persisted(ticket); },
          [this](const std::string& sentence) { die(sentence); },
          [this](const std::string& sentence) { damaged(sentence); }};
}

// Flushes after the events that show a change of master. If the process is killed, the events that
// are still in the buffer are lost.
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
      logger_.wants(LogLevel::debug) ? observe::Severity::debug : observe::Severity::info;
  const auto line = observe::log_line(event, least);
  tell(event, line);
  if (std::holds_alternative<event::ConfigChanged>(event) ||
      std::holds_alternative<event::Founded>(event) ||
      std::holds_alternative<event::RoleChanged>(event)) {
    OsNonces nonces;
    Outbox certificate;
    certificate.set_nonces(&nonces);
    tracker_.death_certificate(certificate);
    lifeline_.set_certificate(certificate);
  }
  if (const auto* refusal = std::get_if<event::Refused>(&event))
    refused(refusal->why, line.sentence);
}

void Worker::tell(const Event& event, const observe::LogLine& line) {
  if (const auto* config = std::get_if<event::ConfigChanged>(&event)) members_.changed(*config);
  const auto* refusal = std::get_if<event::Refused>(&event);
  const bool told_elsewhere = std::holds_alternative<event::ConfigChanged>(event) ||
                              (refusal && joins_anew_after(refusal->why));
  if (!told_elsewhere && !line.sentence.empty())
    logger_.write(level_of(line.severity), line.sentence);
  tell_members();
}

// Reports only the current membership, when this instance has caught up. See MembershipNews.
void Worker::tell_members() {
  if (!members_.waits()) return;
  const auto news = members_.take(tracker_.view(), tracker_.members(host_.now()));
  if (!news) return;
  const auto line = observe::log_line(*news);
  logger_.write(level_of(line.severity), line.sentence);
}

bool Worker::joins_anew_after(event::Refused::Why why) const {
  using Why = event::Refused::Why;
  return configuration_.rejoin_when_damaged && (why == Why::fell_back || why == Why::wrong_tables);
}

void Worker::refused(event::Refused::Why why, std::string_view sentence) {
  using Why = event::Refused::Why;
  if (why == Why::removed && leaving_) return;  // the instance has left, so exit() follows
  const bool wrong = why == Why::fell_back || why == Why::wrong_tables;
  if (joins_anew_after(why)) damaged(sentence);
  if (wrong || why == Why::contradicted ||
      // The process ends at once, so that it does not change the files any more.
      why == Why::two_processes) {
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

// Ends the process at once. It waits for no disk, because the disk may hang or have failed. The
// next start replays the log.
void Worker::die(std::string_view reason, ExitCode code) {
  logger_.error(fmt::format("cannot go on: {}", reason));
  trace_file_.flush();
  ::_exit(static_cast<int>(code));
}

// Ends the process such that no restart trusts the data on the disk: the files are set aside if
// rejoin-when-damaged is set; otherwise no restart follows (ExitCode::refused).
void Worker::damaged(std::string_view reason) {
  if (!configuration_.rejoin_when_damaged) die(reason, ExitCode::refused);
  try {
    logger_.notice(put_aside(configuration_.data_directory, reason));
  } catch (const std::exception& error) {
    die(error.what(), ExitCode::refused);
  }
  trace_file_.flush();
  ::_exit(static_cast<int>(ExitCode::joins_anew));
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
  if (::getppid() != supervisor_)
    logger_.error("its supervisor has died: stops too; nothing starts it again but its service");
  logger_.notice("stops: drains, commits, and hands over if it is the master");
  stop_timer_.expires_after(configuration_.stop_timeout);
  stop_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    logger_.warning(not_stopped_in_time());
    trace_file_.flush();
    ::_exit(static_cast<int>(ExitCode::stopped));  // waits for no disk, which may be the cause
  });
  host_.step([this](Time now, Outbox& out) { tracker_.stop(now, out); });
}

// The sentence for a stop that has exceeded stop-timeout. Either this is the master and no slave
// took over, or its disk is slow.
std::string Worker::not_stopped_in_time() const {
  const auto patience = to_text(configuration_.stop_timeout);
  if (tracker_.view().role == Role::master && tracker_.view().voters > 1)
    return fmt::format(
        "ends without a hand-over: nobody took over within {} (stop-timeout), look at the other "
        "members; a majority of them elects a master when it misses this one",
        patience);
  return fmt::format(
      "ends before it is done: its disk has not written all within {} (stop-timeout), look at it; "
      "what was acknowledged is with a majority",
      patience);
}

// Reads the files outside the event loop, because they may be long or their disk slow. Only one
// read runs at a time. If reload() is called during a read, another read follows.
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

// An error in the files or on the host does not end the instance. The old configuration stays.
tl::expected<Configuration, std::string> Worker::read_again() const try {
  return read_();
} catch (const std::exception& error) {
  return tl::unexpected(std::string(error.what()));
}

void Worker::reloaded(const tl::expected<Configuration, std::string>& fresh) {
  if (fresh) {
    take_over(*fresh);
  } else {
    logger_.error(
        fmt::format("not reloaded, the old configuration stays: {}", in_one_line(fresh.error())));
  }
  manager_.ready();
}

void Worker::take_over(const Configuration& fresh) {
  const auto result = udp::reload(configuration_, fresh);
  logger_.set_level(configuration_.log_level);
  use_http_secrets();
  host_.step([this](Time now, Outbox& out) { tracker_.reload(now, configuration_.tracker, out); });
  for (const auto& sentence : result.changed) logger_.notice("reloaded: " + sentence);
  for (const auto& sentence : result.needs_restart)
    logger_.warning("not reloaded, needs a restart: " + sentence);
  if (result.changed.empty() && result.needs_restart.empty())
    logger_.notice("reloaded: nothing has changed");
}

// Runs once a second, or three times per interval of the watchdog if that is more often. Tells the
// service manager that the event loop is alive.
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
  tell_members();
  tick_.expires_after(every);
  tick_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

HealthMonitor::Seen Worker::seen_of_itself() const {
  const auto& t = configuration_.tracker;
  HealthMonitor::Seen seen;
  seen.role = tracker_.view().role;
  seen.first_start = first_start_;
  seen.expected = t.bootstrap_expect;
  seen.candidates = tracker_.candidates();
  seen.longest_lateness = host_.counters().longest_lateness;
  seen.full = tracker_.full();
  seen.deaf = tracker_.view().deaf;
  seen.clock = host_.now();
  seen.wall = std::chrono::system_clock::now().time_since_epoch();
  seen.own = t.cluster_address;
  if (const auto* self = tracker_.config().find(tracker_.view().member); self && !is_copied())
    seen.listed = self->cluster;
  seen.other_secret = neighbours_.with_another_secret(host_.now());
  seen.swarm = neighbours_.members_of_a_swarm(host_.now());
  return seen;
}

void Worker::look_at_itself() {
  for (const auto& [level, sentence] : health_.look(seen_of_itself()))
    logger_.write(level, sentence);
  for (const auto& [level, sentence] : neighbours_.look(host_.now()))
    logger_.write(level, sentence);
  for (const auto& [level, sentence] : copied_.look(tracker_.members(host_.now())))
    logger_.write(level, sentence);
  if (interface_gone_ || !interfaces_) interfaces_changed();
  if (trace_ && !trace_file_.flush()) {
    trace_.reset();
    logger_.error(
        fmt::format("the trace ends here: cannot write {}", configuration_.trace_file.string()));
  }
}

ExitCode run_worker(Configuration configuration, Lifeline& lifeline, const ServiceManager& manager,
                    const std::function<Configuration()>& read) {
  Logger logger(configuration.log_level, configuration.log_format, configuration.name);
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(0077);  // the files contain peers' addresses, which are private
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
