#include "transport/udp/peer/peer_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "engine/base/quantity.hpp"
#include "transport/udp/net/address_watch.hpp"
#include "transport/udp/peer/peer_host.hpp"
#include "transport/udp/peer/peer_setup.hpp"
#include "transport/udp/system/boot_clock.hpp"
#include "transport/udp/system/network_interfaces.hpp"
#include "transport/udp/system/os_random.hpp"

namespace swarm::udp {
namespace {

using Command = PeerOptions::Command;
using wire::AnnounceEvent;

constexpr Duration farewell = 2s;
constexpr Duration address_tick = 200ms;  // calls AddressWatch, which checks once a second

DatagramSocket open_socket(asio::io_context& io, const PeerOptions& options, PeerReport& report) {
  const MulticastSettings multicast = peer_interface(io, options);
  const std::uint32_t ip = multicast.interface_ip;
  try {
    return DatagramSocket::unicast(io, {ip, options.port}, multicast);
  } catch (const SocketError& error) {
    if (options.command == Command::declare)
      throw SocketError(
          fmt::format("{}; a declaration registers the port that it is sent from, so that one must "
                      "be free (announce can do without)",
                      error.what()));
  }
  auto socket = DatagramSocket::unicast(io, {ip, 0}, multicast);
  report.message(fmt::format("port {} is not free here: asking from port {}, announcing {}",
                             options.port, socket.local().port, options.port));
  return socket;
}

// The address that a new socket should use; nullopt while the interface has none.
std::optional<std::uint32_t> address_now(asio::io_context& io, const PeerOptions& options) try {
  return peer_interface(io, options).interface_ip;
} catch (const InterfaceError&) {
  return {};
}

PeerSettings settings_of(const PeerOptions& options) {
  PeerSettings settings;
  settings.trackers = options.tracker;
  settings.announce_every = options.every;
  settings.num_want = options.num_want;
  settings.peer_id = options.peer_id;
  return settings;
}

}  // namespace

struct PeerSession::Impl final : PeerObserver, std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, const PeerOptions& wanted, PeerReport& its_report,
       std::function<void(PeerExit)> its_end);
  const InfoHash& content() const { return options.contents.front(); }
  bool watching() const { return options.command == Command::watch; }
  void begin();
  void ask();
  void interrupt();

  // The events of the peer.

  void answered(std::size_t, Time now, const TrackerAnswer& answer) override;
  void announced(std::size_t, Time now, const AnnounceAnswer& answer) override;
  void event(std::size_t, Time now, const Event& event) override;
  void watched(Time now, const AnnounceAnswer& answer);
  void greet(Time now, const AnnounceAnswer& answer, Duration interval);
  void show_changes(Time now, const AnnounceAnswer& answer);
  std::vector<InfoHash> undeclared() const;
  void declared(Time now, const InfoHash& hash);
  // Reports an error of a tracker and finishes. A bad or expired connection id is only noted,
  // because the peer requests a new one itself.
  void refused(std::uint64_t text);

  // The timers.

  void wait(Duration duration, void (Impl::*then)());
  // Looks at the socket's address again and again, because nothing reaches the socket if this host
  // loses that address.
  void watch_address();
  void look_at_address();
  void give_up();
  // True if this host has lost the address. It then says so and finishes, because the trackers are
  // not the cause of the silence.
  bool address_is_lost();
  void still_asking();
  void go_without_answer();
  std::string silence() const;
  // Calls `finished`, but only after the present step of the peer.
  void finish(PeerExit exit);

  asio::io_context& io;
  PeerOptions options;
  PeerReport& report;
  std::function<void(PeerExit)> finished;
  asio::steady_timer timer, address_timer;
  Time began;
  Time due = never;                 // for watch: the time at which the next announce is sent
  std::optional<Endpoint> tracker;  // the tracker that answered last
  TrackerAnswer last;
  std::optional<std::uint64_t> refusal;
  std::set<Endpoint> known;
  std::set<InfoHash> known_contents;  // contents that were declared
  std::size_t registered = 0;
  bool stopping = false, done = false;
  PeerHost host;
  AddressWatch address{holder_of, [this] { return address_now(io, options); }};
};

PeerSession::Impl::Impl(asio::io_context& context, const PeerOptions& wanted,
                        PeerReport& its_report, std::function<void(PeerExit)> its_end)
    : io(context),
      options(wanted),
      report(its_report),
      finished(std::move(its_end)),
      timer(context),
      address_timer(context),
      host(context, open_socket(context, options, report), settings_of(options), options.port,
           os_start_draw(), *this) {
  address.bound_to(host.local().ip);
}

void PeerSession::Impl::begin() {
  began = boot_clock_now();
  wait(options.timeout, &Impl::give_up);
  ask();
  watch_address();
}

void PeerSession::Impl::ask() {
  switch (options.command) {
    case Command::declare:
      return host.declare(undeclared());
    case Command::watch:
      return host.join(content());
    default:
      return host.announce_once(content(), options.event);
  }
}

void PeerSession::Impl::interrupt() {
  if (!watching() || stopping || !tracker) return finish(PeerExit::done);
  stopping = true;
  host.leave(content());
  wait(farewell, &Impl::go_without_answer);
}

void PeerSession::Impl::answered(std::size_t, Time now, const TrackerAnswer& answer) {
  const Duration waited = now - std::min(due, answer.first_sent);
  if (watching() && tracker && (*tracker != answer.tracker || waited >= options.timeout))
    report.failover(now, answer.tracker, *tracker, waited);
  tracker = answer.tracker;
  last = answer;
}

void PeerSession::Impl::announced(std::size_t, Time now, const AnnounceAnswer& answer) {
  if (done) return;
  refusal.reset();
  if (watching()) return watched(now, answer);
  report.announced(last, now - began, answer);
  finish(PeerExit::done);
}

void PeerSession::Impl::event(std::size_t, Time now, const Event& event) {
  if (done) return;
  if (const auto* error = std::get_if<event::PeerError>(&event)) return refused(error->text);
  if (options.command != Command::declare) return;
  if (const auto* one = std::get_if<event::PeerRegistered>(&event))
    return declared(now, one->info_hash);
}

void PeerSession::Impl::watched(Time now, const AnnounceAnswer& answer) {
  if (answer.event == AnnounceEvent::stopped) return finish(PeerExit::done);
  if (stopping) return;
  const Duration interval = options.every > Duration{}
                                ? options.every
                                : Duration(std::chrono::seconds(std::max(answer.interval, 1U)));
  if (due == never) greet(now, answer, interval);
  due = now + interval;
  wait(interval + options.timeout, &Impl::still_asking);
  show_changes(now, answer);
  if (!report.is_read())
    asio::post(io, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->interrupt();
    });
}

void PeerSession::Impl::greet(Time now, const AnnounceAnswer& answer, Duration interval) {
  report.message(fmt::format(
      "watching as {}, answered by {} after {}: {}; asking every {}{}; Ctrl-C ends",
      to_string({host.local().ip, options.port}), address_text(last.tracker.ip),
      waiting_text(now - began), counted(answer.peers.size(), "peer"), to_text(interval),
      options.every > Duration{} ? "" : " (--every 2s: more often)"));
}

void PeerSession::Impl::show_changes(Time now, const AnnounceAnswer& answer) {
  const std::set<Endpoint> listed(answer.peers.begin(), answer.peers.end());
  for (const auto& peer : listed)
    if (known.insert(peer).second) report.came(now, peer, last.tracker);
  if (listed.size() >= options.num_want) return;  // the answer may be only a part of the peers
  for (auto peer = known.begin(); peer != known.end();) {
    if (listed.contains(*peer)) {
      ++peer;
    } else {
      report.went(now, *peer, last.tracker);
      peer = known.erase(peer);
    }
  }
}

std::vector<InfoHash> PeerSession::Impl::undeclared() const {
  std::vector<InfoHash> left;
  for (const auto& hash : options.contents)
    if (!known_contents.contains(hash)) left.push_back(hash);
  return left;
}

void PeerSession::Impl::declared(Time now, const InfoHash& hash) {
  if (!known_contents.insert(hash).second) return;
  report.declared(hash, last.tracker, now - began);
  wait(options.timeout, &Impl::give_up);
  if (++registered < options.contents.size()) return;
  report.message(fmt::format("{} declared as held by {}, answered by {} after {}",
                             counted(registered, "content"), to_string(host.local()),
                             address_text(last.tracker.ip), waiting_text(now - began)));
  finish(PeerExit::done);
}

void PeerSession::Impl::refused(std::uint64_t text) {
  refusal = text;
  if (text == wire::error_number(wire::ClientError::bad_connection)) return;
  const bool others =
      options.contents.size() > 1 && text == wire::error_number(wire::ClientError::not_taken);
  report.message(explain_refusal(text) + (others ? "; those that it does track are declared" : ""));
  finish(PeerExit::failed);
}

void PeerSession::Impl::wait(Duration duration, void (Impl::*then)()) {
  timer.expires_after(duration);
  timer.async_wait([weak = weak_from_this(), then](const boost::system::error_code& error) {
    if (const auto self = weak.lock(); self && !error && !self->done) (self.get()->*then)();
  });
}

void PeerSession::Impl::watch_address() {
  address_timer.expires_after(address_tick);
  address_timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!self || error || self->done) return;
    if (!self->stopping) self->look_at_address();
    self->watch_address();
  });
}

void PeerSession::Impl::look_at_address() {
  const Ip before = host.local().ip;
  const auto change = address.look(boot_clock_now(), before);
  if (change.lost && !change.next)
    report.message(fmt::format(
        "{} is no address of this host any more: no tracker's answer reaches it until it has one "
        "again; still waiting for that",
        address_text(before)));
  if (!change.next) return;
  if (before == Ip(*change.next)) host.leave_address();  // frees its port for the new socket
  try {
    host.move_to(open_socket(io, options, report), options.port);
  } catch (const std::runtime_error&) {  // SocketError, InterfaceError
    return;                              // the address may be gone again; next try in a second
  }
  address.bound_to(host.local().ip);
  report.message(fmt::format("{}: asking from {}, anew",
                             before == Ip(*change.next)
                                 ? fmt::format("this host is {} again", address_text(before))
                                 : fmt::format("this host was {} and is {} now",
                                               address_text(before), address_text(*change.next)),
                             to_string(host.local())));
  ask();
}

void PeerSession::Impl::give_up() {
  if (address_is_lost()) return;
  report.message(refusal ? explain_refusal(*refusal) : silence());
  finish(refusal ? PeerExit::failed : PeerExit::no_tracker);
}

bool PeerSession::Impl::address_is_lost() {
  const Ip own = host.local().ip;
  if (is_own_address(own)) return false;
  report.message(
      fmt::format("{} is no address of this host any more; start again with the one "
                  "that it has now",
                  address_text(own)));
  finish(PeerExit::failed);
  return true;
}

void PeerSession::Impl::still_asking() {
  if (address.is_lost()) return;  // the user knows already
  report.message(refusal ? explain_refusal(*refusal)
                         : fmt::format("no tracker has answered for {}, still asking",
                                       to_text(options.timeout)));
}

void PeerSession::Impl::go_without_answer() {
  report.message(
      "no tracker has answered the farewell; it will forget this peer by itself after a while");
  finish(PeerExit::done);
}

std::string PeerSession::Impl::silence() const {
  const std::string time = to_text(options.timeout);
  if (registered > 0)
    return fmt::format("only {} of {} contents declared: no answer to the others within {}",
                       registered, options.contents.size(), time);
  if (tracker)
    return fmt::format(
        "{} answered, but has not confirmed the {} within {}: has its swarm lost its majority?",
        to_string(*tracker), options.command == Command::declare ? "declaration" : "announce",
        time);
  return silence_text(options, host.local());
}

void PeerSession::Impl::finish(PeerExit exit) {
  if (done) return;
  done = true;
  timer.cancel();
  address_timer.cancel();
  asio::post(io, [end = finished, exit] { end(exit); });
}

PeerSession::PeerSession(asio::io_context& io, const PeerOptions& options, PeerReport& report,
                         std::function<void(PeerExit)> finished)
    : impl_(std::make_shared<Impl>(io, options, report, std::move(finished))) {
  impl_->begin();
}
PeerSession::~PeerSession() = default;

void PeerSession::interrupt() {
  impl_->interrupt();
}

}  // namespace swarm::udp
