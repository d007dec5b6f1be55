#include "transport/udp/content_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "engine/quantity.hpp"
#include "transport/udp/boot_clock.hpp"
#include "transport/udp/content_commands.hpp"
#include "transport/udp/content_store.hpp"
#include "transport/udp/network_interfaces.hpp"
#include "transport/udp/peer_host.hpp"
#include "transport/udp/peer_setup.hpp"

namespace swarm::udp {
namespace {

using Command = PeerOptions::Command;
using Phase = ContentFigures::Phase;

constexpr Duration tick = 200ms;
constexpr Duration patience = 10s;  // without anybody who has it; then the user is told
constexpr Duration stall = 30s;     // with peers, and nothing comes
constexpr Duration farewell = 2s;   // for the trackers to answer; the disk may take longer

DatagramSocket open_socket(asio::io_context& io, const PeerOptions& options,
                           ContentReport& report) {
  const auto multicast = peer_interface(io, options);
  const std::uint32_t ip = multicast.interface_ip;
  try {
    return DatagramSocket::unicast(io, {ip, options.port}, multicast);
  } catch (const SocketError& error) {
    if (!options.content.any_port)
      throw SocketError(fmt::format("{}; without --port any free one serves", error.what()));
  }
  auto socket = DatagramSocket::unicast(io, {ip, 0}, multicast);
  report.note(fmt::format("port {} is not free here: listening on port {}", options.port,
                          socket.local().port));
  return socket;
}

PeerSettings settings_of(const PeerOptions& options) {
  PeerSettings settings;
  settings.trackers = options.tracker;
  settings.exchange = options.content.exchange;
  return settings;
}

// A content of this session.
struct Entry {
  explicit Entry(ContentSource its_source) : source(std::move(its_source)) {}

  ContentSource source;
  enum class State : std::uint8_t { active, stopping, failed } state{};
  bool opened = false, complete = false;
  bool told = false;  // that it is complete
  Duration took{};    // until it was
  ContentFigures figures;
  RateMeter down, up;
  std::uint32_t lost = 0;    // chunks, since the user was told
  Time alone_since = never;  // never: it is not alone, or the user was told
  Time stalled_since = never;
  std::uint64_t received = 0;

  std::string name() const { return shortened(source.name(), 60); }
};

Phase phase_of(const ContentProgress& progress) {
  if (!progress.metainfo) return Phase::searching;
  if (!progress.opened) return Phase::opening;
  if (progress.complete) return Phase::complete;
  return progress.doubtful > 0 ? Phase::checking : Phase::fetching;
}

void update(Entry& entry, Time now, const ContentProgress& progress) {
  if (progress.metainfo) entry.source.metainfo = progress.metainfo;
  entry.down.add(now, progress.received);
  entry.up.add(now, progress.sent);
  auto& figures = entry.figures;
  figures.name = entry.source.name();
  figures.phase = phase_of(progress);
  figures.down_rate = entry.down.per_second();
  figures.up_rate = entry.up.per_second();
  figures.received = progress.received;
  figures.wasted = progress.wasted;
  figures.sent = progress.sent;
  figures.peers = progress.peers;
  figures.uploaders = progress.uploaders;
  if (!progress.metainfo) return;
  const auto bytes = [&](std::uint32_t chunks) {
    return std::min(progress.metainfo->size, std::uint64_t{chunks} * progress.metainfo->chunk_size);
  };
  figures.size = progress.metainfo->size;
  figures.had = bytes(progress.had);
  figures.doubtful = bytes(progress.doubtful);
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
        host(context, open_socket(context, options, report), settings_of(options), 0, drawn_seed(),
             *this, 0,
             {[this](StoreWish wish) { store.wish(std::move(wish)); }, wanted.content.offload}) {
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
    report.note(fmt::format("listening on {}; Ctrl-C ends{}", to_string(host.local()),
                            sharing() ? "" : ", and the same command goes on later"));
    if (!host.advice().empty()) report.warn(host.advice());
    for (auto& entry : entries) open(entry);
    wait();
  }

  void open(Entry& entry) {
    const auto& source = entry.source;
    store.place(source.hash, source.directory, purpose_of(options));
    if (sharing()) {
      host.share(source.metainfo);
    } else if (source.metainfo) {
      host.exchange(source.metainfo);
    } else {
      host.exchange(source.hash);
    }
    for (const auto& peer : options.content.peers) host.add_peer(source.hash, peer);
    entry.alone_since = entry.stalled_since = began;
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
                              : "what a peer sent as the description of this hash cannot be used; "
                                "fetch it by its FILE.torrent");
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

  void fail(Entry& entry, std::string_view sentence) {
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
    std::vector<ContentState> states;
    for (auto& entry : entries) {
      if (entry.state != Entry::State::active) continue;
      update(entry, now, host.progress(entry.source.hash));
      look_after(entry, now);
      states.push_back({entry.source.hash, entry.figures});
    }
    report.progress(now, states);
    tell_complete();
    if (!tracker && !told_silence && now - began >= options.timeout) say_silence();
    if (!report.is_read()) return interrupt();
    wait();
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
    if (!wants || figures.peers == 0 || figures.received != entry.received)
      entry.stalled_since = now;
    entry.received = figures.received;
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
  bool told_silence = false, interrupted = false, done = false;
  ContentStore store;
  PeerHost host;
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
