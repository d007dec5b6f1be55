// The events of the peer, and what the user learns about them. Most events are handled after the
// peer's step, because the handlers use the peer again.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "engine/base/quantity.hpp"
#include "transport/udp/peer/content_commands.hpp"
#include "transport/udp/peer/content_session_impl.hpp"
#include "transport/udp/peer/peer_setup.hpp"
#include "transport/udp/system/boot_clock.hpp"

namespace swarm::udp {
namespace {

using Entry = SessionContent;

}  // namespace

void ContentSession::Impl::answered(std::size_t, Time, const TrackerAnswer& answer) {
  if (tracker == answer.tracker) return;
  if (!tracker && told_silence)
    report.note(fmt::format("{} answers", address_text(answer.tracker.ip)));
  tracker = answer.tracker;
}

void ContentSession::Impl::event(std::size_t, Time, const Event& event) {
  if (std::holds_alternative<event::ChunkStored>(event)) return;  // unused, and very frequent
  asio::post(io, [weak = weak_from_this(), event] {
    if (const auto self = weak.lock(); self && !self->done)
      std::visit([&](const auto& one) { self->happened(one); }, event);
  });
}

void ContentSession::Impl::happened(const event::PeerError& error) {
  if (error.text == wire::error_number(wire::ClientError::bad_connection)) return;
  if (std::exchange(refusal, error.text) != error.text) report.warn(explain_refusal(error.text));
}

void ContentSession::Impl::happened(const event::PeerRegistered& one) {
  if (Entry* entry = find(one.info_hash); entry != nullptr && sharing())
    report.note(
        fmt::format("{} is known to the trackers; whoever asks them finds it here", entry->name()));
}

void ContentSession::Impl::happened(const event::InfoFetched& one) {
  Entry* entry = find(one.content);
  if (entry == nullptr) return;
  say_listening();
  update(*entry, boot_clock_now(), host.progress(one.content));
  if (const auto& metainfo = entry->source.metainfo)
    report.note(fmt::format("{} is {}: {} in {} file{}", to_hex(one.content.bytes), entry->name(),
                            bytes_text(metainfo->size), metainfo->files.size(),
                            metainfo->files.size() == 1 ? "" : "s"));
}

void ContentSession::Impl::happened(const event::ContentOpened& one) {
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
                            entry->figures.percent(), printable(entry->source.directory.string())));
}

void ContentSession::Impl::happened(const event::ChunkLost& one) {
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

void ContentSession::Impl::happened(const event::ContentComplete& one) {
  Entry* entry = find(one.content);
  if (entry == nullptr || entry->complete) return;
  entry->complete = true;
  entry->took = boot_clock_now() - began;
  update(*entry, boot_clock_now(), host.progress(one.content));
  tell_complete();
  end_when_complete();
}

void ContentSession::Impl::happened(const event::ContentFailed& one) {
  Entry* entry = find(one.content);
  if (entry == nullptr) return;
  const std::string why = store.failure(one.content);
  fail(*entry, !why.empty() ? why
                            : fmt::format("no FILE.torrent of this hash can be used: {}",
                                          host.progress(one.content).useless_info));
}

void ContentSession::Impl::happened(const event::PeerDropped& one) {
  const Entry* entry = find(one.content);
  if (entry == nullptr) return;
  report.dropped(entry->source, one);
  if (one.why == event::PeerDropped::Why::poison)
    report.warn(
        fmt::format("{} sent wrong data for {}: it is not asked any more, and its chunks "
                    "are fetched from others",
                    to_string(one.peer), entry->name()));
}

Entry* ContentSession::Impl::find(const InfoHash& content) {
  for (auto& entry : entries)
    if (entry.source.hash == content && entry.state == Entry::State::active) return &entry;
  return nullptr;
}

void ContentSession::Impl::tell_complete() {
  if (sharing() || store.uncommitted() > 0) return;
  for (auto& entry : entries)
    if (entry.complete && !entry.told && store.failure(entry.source.hash).empty())
      say_complete(entry);
}

bool ContentSession::Impl::waits_for_commit() const {
  return !sharing() && std::any_of(entries.begin(), entries.end(), [](const Entry& entry) {
    return entry.complete && !entry.told && entry.state == Entry::State::active;
  });
}

void ContentSession::Impl::say_complete(Entry& entry) {
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

void ContentSession::Impl::tell_remarks(Entry& entry) {
  auto& told = entry.source.told;
  for (auto& remark : store.take_remarks(entry.source.hash)) {
    if (std::find(told.begin(), told.end(), remark) != told.end()) continue;
    report.warn(printable(remark));
    told.push_back(std::move(remark));
  }
}

void ContentSession::Impl::fail(Entry& entry, std::string_view sentence) {
  tell_remarks(entry);
  report.failed(entry.source, sentence);
  stop(entry, Entry::State::failed);
  end_when_complete();
}

void ContentSession::Impl::end_when_complete() {
  const bool over = std::all_of(entries.begin(), entries.end(), [&](const Entry& entry) {
    return entry.state == Entry::State::failed || (entry.complete && !stays());
  });
  if (over && parting == never) stop_all();
}

}  // namespace swarm::udp
