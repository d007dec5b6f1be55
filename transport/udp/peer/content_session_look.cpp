// The regular checks of a content session: the progress of its contents, the address of its socket,
// and whether a content still advances.
#include <fmt/format.h>

#include <utility>

#include "engine/base/quantity.hpp"
#include "transport/udp/peer/content_commands.hpp"
#include "transport/udp/peer/content_session_impl.hpp"
#include "transport/udp/peer/peer_setup.hpp"
#include "transport/udp/system/boot_clock.hpp"

namespace swarm::udp {
namespace {

using Entry = SessionContent;
using Phase = ContentFigures::Phase;

constexpr Duration tick = 200ms;
// The user is warned when a content has had no peer, or only mute peers, for this long.
constexpr Duration patience = 10s;
// The user is warned when a content has received nothing from its peers for this long.
constexpr Duration stall = 30s;

}  // namespace

void ContentSession::Impl::wait() {
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

void ContentSession::Impl::look() {
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

void ContentSession::Impl::look_at_address(Time now) {
  const Ip before = host.local().ip;
  const auto change = address.look(now, before);
  if (change.lost && !change.next)
    report.warn(
        fmt::format("{} is no address of this host any more: nobody reaches it until it "
                    "has one again; still waiting for that",
                    address_text(before)));
  if (!change.next) return;
  // If the old address is back, the old socket still holds the port, and must be closed first.
  if (before == Ip(*change.next)) host.leave_address();
  try {
    const MulticastSettings there{*change.next, options.ttl};
    std::string note;
    host.move_to(open_socket(io, options, there, host.local().port, note));
    if (!note.empty()) report.note(note);
  } catch (const SocketError&) {
    return;  // the address may be gone again; the next look is in a second
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

void ContentSession::Impl::say_silence() {
  told_silence = true;
  report.warn(silence_text(options, host.local()) + "; still asking");
}

void ContentSession::Impl::look_after(Entry& entry, Time now) {
  const auto& figures = entry.figures;
  if (const auto lost = std::exchange(entry.lost, 0); lost > 0 && figures.phase != Phase::checking)
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

bool ContentSession::Impl::due(Time& since, Time now, Duration wait) {
  if (since == never || now - since < wait) return false;
  since = never;
  return true;
}

}  // namespace swarm::udp
