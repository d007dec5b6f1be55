#include "transport/udp/peer/content_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "engine/base/quantity.hpp"
#include "transport/udp/content_store/content_store.hpp"
#include "transport/udp/net/address_watch.hpp"
#include "transport/udp/peer/content_commands.hpp"
#include "transport/udp/peer/peer_host.hpp"
#include "transport/udp/peer/peer_setup.hpp"
#include "transport/udp/peer/session_content.hpp"
#include "transport/udp/system/boot_clock.hpp"
#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp {
namespace {

using Command = PeerOptions::Command;
using Entry = SessionContent;
using Phase = ContentFigures::Phase;

constexpr Duration tick = 200ms;
constexpr Duration patience = 10s;  // without anybody who has it; then the user is told
constexpr Duration stall = 30s;     // with peers, and nothing comes
constexpr Duration farewell = 2s;   // for the trackers to answer; the disk may take longer

// `port`: the one that is wanted; `note`: to be told when it is another one.
DatagramSocket open_socket(asio::io_context& io, const PeerOptions& options,
                           const MulticastSettings& multicast, std::uint16_t port,
                           std::string& note) {
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

// The interface may be without an address for now.
std::optional<std::uint32_t> address_now(asio::io_context& io, const PeerOptions& options) try {
  return peer_interface(io, options).interface_ip;
} catch (const InterfaceError&) {
  return {};
}

PeerSettings settings_of(const PeerOptions& options) {
  PeerSettings settings;
  settings.trackers = options.tracker;
  settings.exchange = options.content.exchange;
  return settings;
}

}  // namespace

struct ContentSession::Impl final : PeerObserver, std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, const PeerOptions& wanted, std::vector<ContentSource> sources,
       ContentReport& its_report, std::function<void(PeerExit)> its_end)
      : io(context),
        options(wanted),
        report(its_report),
        finished(std::move(its_end)),
        timer(context),
        store(context, state_of(options), [this](const StoreReport& one) { host.stored(one); }),
        host(context,
             open_socket(context, options, peer_interface(context, options), options.port,
                         port_note),
             settings_of(options), 0, drawn_seed(), *this, 0,
             {[this](StoreWish wish) { store.wish(std::move(wish)); }, wanted.content.offload}) {
    address.bound_to(host.local().ip);
    std::set<InfoHash> known;
    for (auto& source : sources)
      if (known.insert(source.hash).second) entries.emplace_back(std::move(source));
  }

  static std::string state_of(const PeerOptions& options) {
    return options.content.state.empty() ? state_folder() : options.content.state;
  }
  bool sharing() const { return options.command == Command::share; }
  bool stays() const { return sharing() || options.content.seed; }

  void begin() {
    began = boot_clock_now();
    for (auto& entry : entries) open(entry);
    wait();
  }

  // When a content is open, or that takes longer: what is refused at once is not announced.
  void say_listening() {
    if (std::exchange(told_listening, true)) return;
    if (!port_note.empty()) report.note(port_note);
    report.note(fmt::format("listening on {}; Ctrl-C ends{}", to_string(host.local()),
                            sharing() ? "" : ", and the same command goes on later"));
    if (!host.advice().empty()) report.warn(host.advice());
  }

  void open(Entry& entry) {
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

  void interrupt() {
    if (interrupted) return finish();
    interrupted = true;
    for (auto& entry : entries)
      if (entry.state == Entry::State::active) say_stopped(entry);
    stop_all();
  }

  void say_stopped(Entry& entry) {
    update(entry, boot_clock_now(), host.progress(entry.source.hash));
    report.stopped(entry.source, entry.figures);
    if (sharing() || entry.complete) return;
    report.note(fmt::format("{}: stopped at {:.1f} %; the same command goes on from there",
                            entry.name(), entry.figures.percent()));
  }

  void stop(Entry& entry, Entry::State state) {
    if (entry.state != Entry::State::active) return;
    entry.state = state;
    host.stop(entry.source.hash);
  }

  void stop_all() {
    for (auto& entry : entries) stop(entry, Entry::State::stopping);
    report.clear_line();
    parting = boot_clock_now();
    part();
  }

  // What the peer tells. What follows from it comes after the peer's step.

  void answered(std::size_t, Time, const TrackerAnswer& answer) override {
    if (tracker == answer.tracker) return;
    if (!tracker && told_silence)
      report.note(fmt::format("{} answers", address_text(answer.tracker.ip)));
    tracker = answer.tracker;
  }

  void event(std::size_t, Time, const Event& event) override {
    if (std::holds_alternative<event::ChunkStored>(event)) return;  // many
    asio::post(io, [weak = weak_from_this(), event] {
      if (const auto self = weak.lock(); self && !self->done)
        std::visit([&](const auto& one) { self->happened(one); }, event);
    });
  }

  template <class Other>
  void happened(const Other&) {}

  void happened(const event::PeerError& error) {
    if (error.text == wire::error_number(wire::ClientError::bad_connection)) return;
    if (std::exchange(refusal, error.text) != error.text) report.warn(explain_refusal(error.text));
  }

  void happened(const event::PeerRegistered& one) {
    if (Entry* entry = find(one.info_hash); entry != nullptr && sharing())
      report.note(fmt::format("{} is known to the trackers; whoever asks them finds it here",
                              entry->name()));
  }

  void happened(const event::InfoFetched& one) {
    Entry* entry = find(one.content);
    if (entry == nullptr) return;
    say_listening();
    update(*entry, boot_clock_now(), host.progress(one.content));
    if (const auto& metainfo = entry->source.metainfo)
      report.note(fmt::format("{} is {}: {} in {} file{}", to_hex(one.content.bytes), entry->name(),
                              bytes_text(metainfo->size), metainfo->files.size(),
                              metainfo->files.size() == 1 ? "" : "s"));
  }

  void happened(const event::ContentOpened& one) {
    Entry* entry = find(one.content);
    if (entry == nullptr) return;
    entry->opened = true;
    say_listening();
    if (!sharing()) tell_where(entry->source, report);
    tell_remarks(*entry);
    update(*entry, boot_clock_now(), host.progress(one.content));
    report.opened(entry->source, one.had, one.chunks);
    if (entry->figures.doubtful > 0)
      report.note(
          fmt::format("{} was not closed in good order, or changed: {} on disk are hashed "
                      "before they count",
                      entry->name(), bytes_text(entry->figures.doubtful)));
    else if (one.had > 0 && one.had < one.chunks)
      report.note(fmt::format("{}: {:.1f} % are here already, in {}", entry->name(),
                              entry->figures.percent(),
                              printable(entry->source.directory.string())));
  }

  void happened(const event::ChunkLost& one) {
    Entry* entry = find(one.content);
    if (entry == nullptr) return;
    if (!sharing()) {
      ++entry->lost;
      return;
    }
    const auto files = files_of_chunk(*entry->source.metainfo, one.chunk);
    fail(*entry, fmt::format("{} changed after it was hashed, so it is not shared any more; share "
                             "it again as it is now",
                             printable((entry->source.directory / files.front()).string())));
  }

  void happened(const event::ContentComplete& one) {
    Entry* entry = find(one.content);
    if (entry == nullptr || entry->complete) return;
    entry->complete = true;
    entry->took = boot_clock_now() - began;
    update(*entry, boot_clock_now(), host.progress(one.content));
    tell_complete();
    end_when_complete();
  }

  void happened(const event::ContentFailed& one) {
    Entry* entry = find(one.content);
    if (entry == nullptr) return;
    const std::string why = store.failure(one.content);
    fail(*entry, !why.empty() ? why
                              : fmt::format("no FILE.torrent of this hash can be used: {}",
                                            host.progress(one.content).useless_info));
  }

  void happened(const event::PeerDropped& one) {
    const Entry* entry = find(one.content);
    if (entry == nullptr) return;
    report.dropped(entry->source, one);
    if (one.why == event::PeerDropped::Why::poison)
      report.warn(
          fmt::format("{} sent wrong data for {}: it is not asked any more, and its chunks "
                      "are fetched from others",
                      to_string(one.peer), entry->name()));
  }

  // Of the active ones.
  Entry* find(const InfoHash& content) {
    for (auto& entry : entries)
      if (entry.source.hash == content && entry.state == Entry::State::active) return &entry;
    return nullptr;
  }

  // Once its last chunk has its row: what is told is not lost with the power.
  void tell_complete() {
    if (sharing() || store.uncommitted() > 0) return;
    for (auto& entry : entries)
      if (entry.complete && !entry.told && store.failure(entry.source.hash).empty())
        say_complete(entry);
  }

  bool waits_for_commit() const {
    return !sharing() && std::any_of(entries.begin(), entries.end(), [](const Entry& entry) {
      return entry.complete && !entry.told && entry.state == Entry::State::active;
    });
  }

  void say_complete(Entry& entry) {
    entry.told = true;
    const Duration took = entry.took;
    const auto& figures = entry.figures;
    report.complete(entry.source, figures, took);
    if (figures.received == 0)
      return report.note(fmt::format("{} is here already, complete and verified", entry.name()));
    const auto seconds = std::max(std::chrono::duration<double>(took).count(), 0.001);
    report.note(fmt::format(
        "{} is complete and verified: {} in {:.1f} s, {}/s{}", entry.name(),
        bytes_text(figures.received), seconds,
        bytes_text(static_cast<std::uint64_t>(static_cast<double>(figures.received) / seconds)),
        options.content.seed ? "; uploading until Ctrl-C" : ""));
  }

  void tell_remarks(Entry& entry) {
    auto& told = entry.source.told;
    for (auto& remark : store.take_remarks(entry.source.hash)) {
      if (std::find(told.begin(), told.end(), remark) != told.end()) continue;
      report.warn(printable(remark));
      told.push_back(std::move(remark));
    }
  }

  void fail(Entry& entry, std::string_view sentence) {
    tell_remarks(entry);
    report.failed(entry.source, sentence);
    stop(entry, Entry::State::failed);
    end_when_complete();
  }

  void end_when_complete() {
    const bool over = std::all_of(entries.begin(), entries.end(), [&](const Entry& entry) {
      return entry.state == Entry::State::failed || (entry.complete && !stays());
    });
    if (over && parting == never) stop_all();
  }

  // Time.

  void wait() {
    timer.expires_after(parting == never && !waits_for_commit() ? tick : 10ms);
    timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!self || error || self->done) return;
      if (self->parting == never)
        self->look();
      else
        self->part();
    });
  }

  void look() {
    const Time now = boot_clock_now();
    say_listening();
    look_at_address(now);
    std::vector<ContentState> states;
    for (auto& entry : entries) {
      if (entry.state != Entry::State::active) continue;
      update(entry, now, host.progress(entry.source.hash));
      tell_remarks(entry);
      look_after(entry, now);
      states.push_back({entry.source.hash, entry.figures});
    }
    report.progress(now, states);
    tell_complete();
    if (!tracker && !told_silence && now - began >= options.timeout) say_silence();
    if (!report.is_read()) return interrupt();
    wait();
  }

  void look_at_address(Time now) {
    const Ip before = host.local().ip;
    const auto change = address.look(now, before);
    if (change.lost && !change.next)
      report.warn(
          fmt::format("{} is no address of this host any more: nobody reaches it until it "
                      "has one again; still waiting for that",
                      address_text(before)));
    if (!change.next) return;
    // The same one is back: the socket that still has its port must go first.
    if (before == Ip(*change.next)) host.leave_address();
    try {
      const MulticastSettings there{*change.next, options.ttl};
      std::string note;
      host.move_to(open_socket(io, options, there, host.local().port, note));
      if (!note.empty()) report.note(note);
    } catch (const SocketError&) {
      return;  // it may have gone again: looked at anew in a second
    }
    address.bound_to(host.local().ip);
    for (auto& entry : entries) entry.alone_since = entry.stalled_since = entry.mute_since = now;
    const std::string now_is = before == Ip(*change.next)
                                   ? fmt::format("this host is {} again", address_text(before))
                                   : fmt::format("this host was {} and is {} now",
                                                 address_text(before), address_text(*change.next));
    report.warn(fmt::format("{}: listening on {}, and the trackers and peers are told", now_is,
                            to_string(host.local())));
  }

  void say_silence() {
    told_silence = true;
    report.warn(silence_text(options, host.local()) + "; still asking");
  }

  void look_after(Entry& entry, Time now) {
    const auto& figures = entry.figures;
    if (const auto lost = std::exchange(entry.lost, 0);
        lost > 0 && figures.phase != Phase::checking)
      report.note(fmt::format("{}: {} chunk{} on disk not right, and fetched again", entry.name(),
                              grouped(lost), lost == 1 ? " is" : "s are"));
    const bool wants = figures.phase == Phase::fetching || figures.phase == Phase::searching;
    if (!wants || figures.peers > 0) entry.alone_since = now;
    const bool comes = figures.received != entry.received;
    const bool mute = wants && !comes && entry.mute > 0 && entry.mute == figures.peers;
    if (!wants || figures.peers == 0 || comes || mute) entry.stalled_since = now;
    if (!mute) entry.mute_since = now;
    entry.received = figures.received;
    if (due(entry.mute_since, now, patience))
      report.warn(mute_text(entry.name(), entry.mute, entry.mute_peer));
    if (due(entry.alone_since, now, patience))
      report.warn(figures.received > 0
                      ? fmt::format("nobody who has {} is left; still looking", entry.name())
                      : fmt::format("nobody who has {} is known yet; still looking (is it shared "
                                    "by somebody, with these trackers?)",
                                    entry.name()));
    if (due(entry.stalled_since, now, stall))
      report.warn(fmt::format(
          "nothing of {} has come for {}: its {} peer{} not what is missing; "
          "still looking",
          entry.name(), to_text(stall), figures.peers, figures.peers == 1 ? " has" : "s have"));
  }

  // Once, until `since` is set anew.
  static bool due(Time& since, Time now, Duration wait) {
    if (since == never || now - since < wait) return false;
    since = never;
    return true;
  }

  // Until the trackers have answered and the disk has all.
  void part() {
    const Duration waited = boot_clock_now() - parting;
    const bool told = host.peer().idle() || waited >= farewell || !tracker;
    if (!told || store.under_way() > 0) return wait();
    tell_complete();
    for (auto& entry : entries) note_failed_end(entry);
    finish();
  }

  // What its closing came to.
  void note_failed_end(Entry& entry) {
    if (entry.state != Entry::State::stopping) return;
    const std::string why = store.failure(entry.source.hash);
    if (why.empty()) return;
    report.failed(entry.source, why);
    entry.state = Entry::State::failed;
  }

  PeerExit exit() const {
    const auto any = [&](const auto& holds) {
      return std::any_of(entries.begin(), entries.end(), holds);
    };
    if (any([](const Entry& entry) { return entry.state == Entry::State::failed; }))
      return PeerExit::failed;
    if (!sharing() && any([](const Entry& entry) { return !entry.complete; }))
      return PeerExit::stopped;
    return PeerExit::done;
  }

  void finish() {
    if (done) return;
    done = true;
    timer.cancel();
    asio::post(io, [end = finished, code = exit()] { end(code); });
  }

  asio::io_context& io;
  PeerOptions options;
  ContentReport& report;
  std::function<void(PeerExit)> finished;
  asio::steady_timer timer;
  std::vector<Entry> entries;
  Time began;
  Time parting = never;  // since when everything is being stopped
  std::optional<Endpoint> tracker;
  std::optional<std::uint64_t> refusal;
  std::string port_note;  // empty: it has the one that is wanted
  bool told_listening = false, told_silence = false, interrupted = false, done = false;
  ContentStore store;
  PeerHost host;
  AddressWatch address{holder_of, [this] { return address_now(io, options); }};
};

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
