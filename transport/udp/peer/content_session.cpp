#include "transport/udp/peer/content_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "transport/udp/peer/content_commands.hpp"
#include "transport/udp/peer/content_session_impl.hpp"
#include "transport/udp/peer/peer_setup.hpp"
#include "transport/udp/system/boot_clock.hpp"
#include "transport/udp/system/network_interfaces.hpp"
#include "transport/udp/system/os_random.hpp"

namespace swarm::udp {
namespace {

using Command = PeerOptions::Command;
using Entry = SessionContent;

// The longest wait for the trackers' answers at the end. The wait for the disk has no limit.
constexpr Duration farewell = 2s;

PeerSettings settings_of(const PeerOptions& options) {
  PeerSettings settings;
  settings.trackers = options.tracker;
  settings.exchange = options.content.exchange;
  return settings;
}

}  // namespace

DatagramSocket ContentSession::Impl::open_socket(asio::io_context& io, const PeerOptions& options,
                                                 const MulticastSettings& multicast,
                                                 std::uint16_t port, std::string& note) {
  const std::uint32_t ip = multicast.interface_ip;
  try {
    return DatagramSocket::unicast(io, {ip, port}, multicast);
  } catch (const SocketError& error) {
    if (!options.content.any_port)
      throw SocketError(fmt::format("{}; without --port any free one serves", error.what()));
  }
  auto socket = DatagramSocket::unicast(io, {ip, 0}, multicast);
  note = fmt::format("port {} is not free here: listening on port {}", port, socket.local().port);
  return socket;
}

std::optional<std::uint32_t> ContentSession::Impl::address_now(asio::io_context& io,
                                                               const PeerOptions& options) try {
  return peer_interface(io, options).interface_ip;
} catch (const InterfaceError&) {
  return {};
}

ContentSession::Impl::Impl(asio::io_context& context, const PeerOptions& wanted,
                           std::vector<ContentSource> sources, ContentReport& its_report,
                           std::function<void(PeerExit)> its_end)
    : io(context),
      options(wanted),
      report(its_report),
      finished(std::move(its_end)),
      timer(context),
      store(context, state_of(options), [this](const StoreReport& one) { host.stored(one); }),
      host(context,
           open_socket(context, options, peer_interface(context, options), options.port, port_note),
           settings_of(options), 0, os_start_draw(), *this, 0,
           {[this](StoreRequest request) { store.request(std::move(request)); },
            wanted.content.offload}) {
  address.bound_to(host.local().ip);
  std::set<InfoHash> known;
  for (auto& source : sources)
    if (known.insert(source.hash).second) entries.emplace_back(std::move(source));
}

std::string ContentSession::Impl::state_of(const PeerOptions& options) {
  return options.content.state.empty() ? state_folder() : options.content.state;
}

void ContentSession::Impl::begin() {
  began = boot_clock_now();
  for (auto& entry : entries) open(entry);
  wait();
}

void ContentSession::Impl::say_listening() {
  if (std::exchange(told_listening, true)) return;
  if (!port_note.empty()) report.note(port_note);
  report.note(fmt::format("listening on {}; Ctrl-C ends{}", to_string(host.local()),
                          sharing() ? "" : ", and the same command goes on later"));
  if (!host.advice().empty()) report.warn(host.advice());
}

void ContentSession::Impl::open(Entry& entry) {
  const auto& source = entry.source;
  store.place(source.hash, source.directory, purpose_of(options), source.hashed);
  if (sharing()) {
    host.share(source.metainfo);
  } else if (source.metainfo) {
    host.exchange(source.metainfo);
  } else {
    host.exchange(source.hash);
  }
  for (const auto& peer : options.content.peers) host.add_peer(source.hash, peer);
  entry.alone_since = entry.stalled_since = entry.mute_since = began;
  entry.figures.name = source.name();
}

void ContentSession::Impl::interrupt() {
  if (interrupted) return finish();
  interrupted = true;
  for (auto& entry : entries)
    if (entry.state == Entry::State::active) say_stopped(entry);
  stop_all();
}

void ContentSession::Impl::say_stopped(Entry& entry) {
  update(entry, boot_clock_now(), host.progress(entry.source.hash));
  report.stopped(entry.source, entry.figures);
  if (sharing() || entry.complete) return;
  report.note(fmt::format("{}: stopped at {:.1f} %; the same command goes on from there",
                          entry.name(), entry.figures.percent()));
}

void ContentSession::Impl::stop(Entry& entry, Entry::State state) {
  if (entry.state != Entry::State::active) return;
  entry.state = state;
  host.stop(entry.source.hash);
}

void ContentSession::Impl::stop_all() {
  for (auto& entry : entries) stop(entry, Entry::State::stopping);
  report.clear_line();
  parting = boot_clock_now();
  part();
}

void ContentSession::Impl::part() {
  const Duration waited = boot_clock_now() - parting;
  const bool told = host.peer().idle() || waited >= farewell || !tracker;
  if (!told || store.under_way() > 0) return wait();
  tell_complete();
  for (auto& entry : entries) note_failed_end(entry);
  finish();
}

void ContentSession::Impl::note_failed_end(Entry& entry) {
  if (entry.state != Entry::State::stopping) return;
  const std::string why = store.failure(entry.source.hash);
  if (why.empty()) return;
  report.failed(entry.source, why);
  entry.state = Entry::State::failed;
}

PeerExit ContentSession::Impl::exit() const {
  const auto any = [&](const auto& holds) {
    return std::any_of(entries.begin(), entries.end(), holds);
  };
  if (any([](const Entry& entry) { return entry.state == Entry::State::failed; }))
    return PeerExit::failed;
  if (!sharing() && any([](const Entry& entry) { return !entry.complete; }))
    return PeerExit::stopped;
  return PeerExit::done;
}

void ContentSession::Impl::finish() {
  if (done) return;
  done = true;
  timer.cancel();
  asio::post(io, [end = finished, code = exit()] { end(code); });
}

ContentSession::ContentSession(asio::io_context& io, const PeerOptions& options,
                               std::vector<ContentSource> contents, ContentReport& report,
                               std::function<void(PeerExit)> finished)
    : impl_(std::make_shared<Impl>(io, options, std::move(contents), report, std::move(finished))) {
  impl_->begin();
}
ContentSession::~ContentSession() = default;

void ContentSession::interrupt() {
  impl_->interrupt();
}

Endpoint ContentSession::local() const {
  return impl_->host.local();
}

}  // namespace swarm::udp
