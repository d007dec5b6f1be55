// The Download Manager and the sources that do not deliver: they refuse, end, say nothing, or send
// too little.
#include <algorithm>

#include "engine/peer/download_manager.hpp"

namespace swarm {
namespace {

using namespace wire;
using State = PartialChunk::Block::State;
using Why = event::PeerDropped::Why;

constexpr Duration busy_pause = 5s;  // ends earlier if `ready` comes
constexpr Duration silent_pause = 2s;
constexpr std::uint32_t most_silent_doublings = 8;  // of the time without a block before it

// The time in which one source sends a chunk at 64 KiB a second, and some seconds more.
Duration allowance(std::uint32_t length) {
  constexpr std::int64_t bytes_per_second = 64 << 10;
  return 4s + Duration(std::int64_t{length} * 1'000'000'000 / bytes_per_second);
}

}  // namespace

// --- Sources that do not deliver

void DownloadManager::on_refuse(Time now, Session& session, const peer::Refuse& refuse,
                                Outbox& out) {
  switch (refuse.reason) {
    case peer::Refusal::busy:
      return pause(now, session, busy_pause, out);
    case peer::Refusal::not_had:
      if (refuse.chunk >= session.has.size()) return out.event(event::Rejected{Reject::bad_value});
      sessions_.lacks(session, refuse.chunk);
      release(session, refuse.chunk);
      return fill_all(now, *session.content, out);
    case peer::Refusal::no_info:
      return;
    default:
      return sessions_.end(now, session, Why::refused, out);
  }
}

void DownloadManager::on_ready(Time now, Session& session, Outbox& out) {
  session.source.paused_until = {};
  fill(now, session, out);
}

void DownloadManager::pause(Time now, Session& session, Duration duration, Outbox& out) {
  release(session);
  session.source.paused_until = now + duration;
  context_.wake_at(session.source.paused_until);
  fill_all(now, *session.content, out);
}

void DownloadManager::ended(Time now, Session& session, Outbox& out) {
  session.phase = Session::Phase::calling;  // so that fill_all() asks this session for nothing
  release(session);
  fill_all(now, *session.content, out);
}

void DownloadManager::release(Session& session) {
  Source& source = session.source;
  for (std::size_t i = source.first; i < source.asked.size(); ++i)
    if (!source.asked[i].settled) give_up(session, source.asked[i]);
  source.asked.clear();
  source.first = source.reached = 0;
  while (!source.own.empty()) release(session, source.own.back());
}

// Gives up the requests for blocks of this chunk.
void DownloadManager::give_up_chunk(Session& session, std::uint32_t chunk) {
  for (std::size_t i = session.source.first; i < session.source.asked.size(); ++i) {
    auto& asked = session.source.asked[i];
    if (asked.chunk == chunk && !asked.settled) give_up(session, asked);
  }
}

// The bytes of chunks under way that have no owner.
std::uint64_t DownloadManager::left_behind(const Content& content) const {
  std::uint64_t bytes = 0;
  for (const auto& [chunk, partial] : content.partial)
    if (partial.owner == nullptr) bytes += content.metainfo->length(chunk);
  return bytes;
}

// The session no longer owns the chunk. The blocks that came are kept for the next owner, unless
// the chunk must come from one source, or too many bytes are kept already.
void DownloadManager::release(Session& session, std::uint32_t chunk) {
  Content& content = *session.content;
  give_up_chunk(session, chunk);
  if (std::erase(session.source.own, chunk) == 0) return;
  const auto at = content.partial.find(chunk);
  at->second.owner = nullptr;
  const auto& blocks = at->second.blocks;
  const bool untouched =  // no block has come, and no helper was asked for one
      std::all_of(blocks.begin(), blocks.end(),
                  [](const auto& b) { return b.state == State::free; });
  if (at->second.alone) content.alone[chunk].lost_by(session.peer.ip);
  if (!at->second.alone && !untouched && left_behind(content) <= context_.settings.unwritten)
    return;
  content.wasted += content.metainfo->length(chunk) -
                    std::min<std::uint64_t>(content.metainfo->length(chunk),
                                            std::uint64_t{at->second.missing} * block_size);
  content.partial.erase(at);
  want(content, chunk);
}

// The source has timed out. Asks again for one block: the answer shows which of the other requests
// are lost.
void DownloadManager::silence(Time now, Session& session, Outbox& out) {
  Source& source = session.source;
  source.window.silent(now);
  source.heard = now;
  source.silent_since = std::min(source.silent_since, now);
  if (++source.silences >= most_silences) {
    // This request has a short answer. If it comes, the path drops only long datagrams.
    context_.send(now, session, peer::Ask{session.token, 0}, out);
    return pause(now, session, silent_pause, out);
  }
  const auto oldest =
      std::find_if(source.asked.begin() + static_cast<std::ptrdiff_t>(source.first),
                   source.asked.end(), [](const Source::Asked& asked) { return !asked.settled; });
  give_up(session, *oldest);
  BlockRequest request{{session.token, {}}, {}, 1};
  if (may_ask(now, session)) ask_own(now, session, request);
  if (!request.ranges.empty()) send(now, session, request, out);
}

// --- A chunk that must come from one source

// Takes over a chunk that must come from one source, if its owner has sent no block of it for some
// time, or has had it for too long. The blocks that came from the owner are lost. So each address
// gets one turn, and when every address has had one, a turn lasts twice as long: an honest source
// keeps the chunk long enough at last, however slow it is, and whatever liars do in their turns.
bool DownloadManager::take_over(Time now, Session& session) {
  Content& content = *session.content;
  if (content.alone.empty()) return false;
  const Duration least = std::max(least_age, 3 * session.source.window.round_trip());
  for (auto& [chunk, partial] : content.partial) {
    if (!partial.alone || partial.owner == &session || !session.has.test(chunk)) continue;
    AloneChunk& alone = content.alone[chunk];
    const bool again = alone.has_tried(session.peer.ip);
    const std::uint32_t doublings = alone.times + (again ? 1 : 0);
    const bool silent =
        partial.moved + least * (1 << std::min(doublings, most_silent_doublings)) <= now;
    const bool late =
        partial.taken + allowance(content.metainfo->length(chunk)) * (1 << doublings) <= now;
    if (!silent && !late) continue;
    if (again) alone.next_round();
    release(*partial.owner, chunk);  // now take_new() takes this chunk: no other chunk is wanted
    return take_new(now, session);
  }
  return false;
}

// --- A source that sends too little

// The source has been awaited for a while. If it is behind, its chunks go to sources that are not.
// The blocks that have come stay. A chunk that no such source has stays, too: a slow source is
// better than none.
void DownloadManager::review_pace(Time now, Session& session, Outbox& out) {
  Source& source = session.source;
  if (!source.pace.judge() || !source.pace.behind()) return;
  const std::vector<std::uint32_t> own = source.own;
  for (const auto chunk : own) {
    PartialChunk& partial = session.content->partial.at(chunk);
    Session* better = partial.alone ? nullptr : better_source(now, session, chunk);
    if (better == nullptr) continue;
    give_up_chunk(session, chunk);
    std::erase(source.own, chunk);
    partial.owner = better;
    better->source.own.push_back(chunk);
    fill(now, *better, out);
  }
}

Session* DownloadManager::better_source(Time now, const Session& session, std::uint32_t chunk) {
  Session* best = nullptr;
  for (const auto& other : session.content->sessions) {
    const Source& source = other->source;
    if (other.get() == &session || !other->open() || !other->has.test(chunk) ||
        source.paused_until > now || source.pace.behind())
      continue;
    if (best == nullptr || source.own.size() < best->source.own.size()) best = other.get();
  }
  return best;
}

}  // namespace swarm
