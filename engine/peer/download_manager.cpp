#include "engine/peer/download_manager.hpp"

#include <algorithm>

namespace swarm {
namespace {

using namespace wire;
using State = PartialChunk::Block::State;

constexpr std::uint32_t most_at_once = 44;  // blocks per request; one send carries this many
constexpr Duration longest_answer = 10s;    // a request of this age is given up
constexpr std::size_t compact_from = 256;

}  // namespace

DownloadManager::DownloadManager(ExchangeContext& context, Sessions& sessions)
    : context_(context), sessions_(sessions), limit_(context.settings.download_rate) {}

void DownloadManager::begin(Content& content) {
  if (content.fetches && !content.picker) {
    content.picker.emplace(content.metainfo->chunk_count());
    for (const auto& session : content.sessions)
      if (session->has.size() > 0) content.picker->came(session->has);
  }
  if (!content.picker) return;
  const auto had = [&](std::uint32_t chunk) { content.picker->unwant(chunk); };
  content.had.for_each(had);
  content.doubtful.for_each(had);
}

void DownloadManager::want(Content& content, std::uint32_t chunk) {
  if (content.picker) content.picker->want(chunk);
}

// --- Asking

bool DownloadManager::may_ask(Time now, const Session& session) const {
  return session.open() && session.content->may_fetch() && session.has.count() > 0 &&
         session.source.paused_until <= now && unwritten_ < context_.settings.unwritten &&
         limit_.allows(now);
}

std::uint32_t DownloadManager::room(const Session& session) const {
  const std::uint64_t all = context_.settings.receive_buffer / block_size;
  const std::uint32_t window = session.source.window.size();
  if (session.source.under_way >= window || under_way_ >= all) return 0;
  const auto free = std::min<std::uint64_t>(window - session.source.under_way, all - under_way_);
  return static_cast<std::uint32_t>(free);
}

void DownloadManager::fill(Time now, Session& session, Outbox& out) {
  if (!may_ask(now, session)) {
    if (!limit_.allows(now) && session.open()) context_.wake_at(limit_.next());
    return;
  }
  const Source& source = session.source;
  for (;;) {
    const std::uint32_t free = room(session);
    const std::uint32_t batch = std::clamp(source.window.size() / 4, 1U, most_at_once);
    if (free == 0 || (free < batch && source.under_way > 0)) return;
    BlockRequest request{{session.token, {}}, {}, std::min(free, most_at_once)};
    ask_own(now, session, request);
    ask_more(now, session, request);
    if (request.ranges.empty()) return;
    send(now, session, request, out);
    if (!limit_.allows(now)) return context_.wake_at(limit_.next());
  }
}

void DownloadManager::fill_all(Time now, Content& content, Outbox& out) {
  for (const auto& session : content.sessions)
    if (session->open() && session->has.count() > 0) fill(now, *session, out);
}

void DownloadManager::ask_own(Time now, Session& session, BlockRequest& request) {
  for (const auto chunk : session.source.own) {
    const auto at = session.content->partial.find(chunk);
    while (!request.full() && ask_free(now, session, *at, request)) {
    }
    if (request.full()) return;
  }
}

void DownloadManager::ask_more(Time now, Session& session, BlockRequest& request) {
  while (!request.full() && (adopt(session) || take_new(now, session) || take_over(now, session))) {
    auto& partial = *session.content->partial.find(session.source.own.back());
    while (!request.full() && ask_free(now, session, partial, request)) {
    }
  }
  if (!request.full()) help(now, session, request);
}

// Takes a chunk that has lost its owner. Its blocks that have come stay. True: it took one.
bool DownloadManager::adopt(Session& session) {
  Content& content = *session.content;
  for (auto& [chunk, partial] : content.partial) {
    if (partial.owner != nullptr || !session.has.test(chunk)) continue;
    partial.owner = &session;
    session.source.own.push_back(chunk);
    return true;
  }
  return false;
}

bool DownloadManager::take_new(Time now, Session& session) {
  Content& content = *session.content;
  const auto chunk = content.picker->pick(session.has, context_.random);
  if (!chunk) return false;
  content.picker->unwant(*chunk);
  PartialChunk& partial = content.partial[*chunk];
  partial.bytes = std::make_shared<std::vector<std::uint8_t>>(content.metainfo->length(*chunk));
  partial.blocks.resize(content.blocks(*chunk));
  partial.missing = content.blocks(*chunk);
  partial.owner = &session;
  partial.alone = content.alone.contains(*chunk);
  partial.moved = partial.taken = now;
  session.source.own.push_back(*chunk);
  return true;
}

// Adds the first free block of the chunk to the request. False: no block is free.
bool DownloadManager::ask_free(Time now, Session& session, Partials::value_type& partial,
                               BlockRequest& request) {
  auto& [chunk, state] = partial;
  while (state.next < state.blocks.size() && state.blocks[state.next].state != State::free)
    ++state.next;
  if (state.next == state.blocks.size()) return false;
  ask(now, session, partial, state.next, request);
  return true;
}

// Asks for blocks of chunks that other sessions own: free blocks, and blocks whose source is slow.
// Of the latter it asks only for a few at a time, because that source may only have paused.
void DownloadManager::help(Time now, Session& session, BlockRequest& request) {
  std::uint32_t again = RequestWindow::least;
  const Duration age = std::max(least_age, 3 * session.source.window.round_trip());
  for (auto& partial : session.content->partial) {
    auto& [chunk, state] = partial;
    if (state.owner == &session || state.alone || state.help_from > now || !session.has.test(chunk))
      continue;
    for (auto block = static_cast<std::uint32_t>(state.blocks.size());
         block-- > 0 && !request.full();) {
      auto& it = state.blocks[block];
      const bool slow = it.state == State::asked && !it.twice && it.at + age <= now;
      if (it.state != State::free && (!slow || again == 0)) continue;
      if (slow) --again;
      it.twice = slow;
      ask(now, session, partial, block, request);
    }
    if (request.full()) return;
    state.help_from = now + least_age / 4;
  }
}

void DownloadManager::ask(Time now, Session& session, Partials::value_type& partial,
                          std::uint32_t block, BlockRequest& request) {
  auto& [chunk, state] = partial;
  auto& it = state.blocks[block];
  const bool repeated = it.at != Time{};
  it.state = State::asked;
  it.at = now;
  session.source.asked.push_back({now, chunk, static_cast<std::uint16_t>(block), repeated, false});
  ++session.source.under_way;
  ++under_way_;
  limit_.take(now, session.content->block_length(chunk, block));
  request.add(chunk, block);
}

void DownloadManager::send(Time now, Session& session, BlockRequest& request, Outbox& out) {
  std::uint32_t blocks = 0;
  for (const auto& range : request.ranges) {
    request.message.ranges.push_back(range);
    blocks += range.count;
  }
  Source& source = session.source;
  if (source.under_way == blocks) {  // this request is the first one under way
    source.heard = now;
    source.pace.begin(now);
  }
  context_.wake_at(source.heard + source.window.timeout());
  wake_helpers(now, *session.content);
  context_.send(now, session, request.message, out);
}

// When no chunk is wanted any more, idle sessions help a slow one. This timer wakes them, because
// no other timer or datagram does so while the slow source keeps answering.
void DownloadManager::wake_helpers(Time now, const Content& content) {
  if (content.picker->wanted() == 0 && !content.partial.empty() && content.sessions.size() > 1)
    context_.wake_at(now + least_age);
}

// --- What comes

void DownloadManager::on_block(Time now, Session& session, const peer::Block& block, Outbox& out) {
  Content& content = *session.content;
  if (!content.metainfo || block.chunk >= content.metainfo->chunk_count() ||
      block.block >= content.blocks(block.chunk) ||
      block.bytes.size() != content.block_length(block.chunk, block.block))
    return out.event(event::Rejected{Reject::bad_value});
  if (session.source.under_way > 0) session.source.pace.wait(now);
  const bool asked = settle(now, session, block);
  review_pace(now, session, out);
  content.received += block.bytes.size();
  const auto at = content.partial.find(block.chunk);
  const bool wanted = at != content.partial.end() &&
                      at->second.blocks[block.block].state != State::here &&
                      (at->second.owner == &session || (asked && !at->second.alone));
  if (!wanted) {
    content.wasted += block.bytes.size();
    return fill(now, session, out);
  }
  PartialChunk& partial = at->second;
  std::copy(block.bytes.begin(), block.bytes.end(),
            partial.bytes->begin() + std::ptrdiff_t{block.block} * block_size);
  partial.blocks[block.block].state = State::here;
  partial.blocks[block.block].sender = partial.sender(session.peer);
  partial.moved = now;
  if (--partial.missing == 0) whole(content, at, out);
  fill(now, session, out);
}

// Settles the request for this block. Earlier requests that are still open count as overtaken.
// False: no request for this block was open.
bool DownloadManager::settle(Time now, Session& session, const peer::Block& block) {
  Source& source = session.source;
  for (std::size_t i = source.first; i < source.asked.size(); ++i) {
    Source::Asked& asked = source.asked[i];
    if (asked.chunk != block.chunk || asked.block != block.block || asked.settled) continue;
    asked.settled = true;
    --source.under_way;
    --under_way_;
    source.heard = now;  // only a block that was asked for is a sign of life
    source.pace.came();
    source.silences = 0;
    source.silent_since = never;
    source.paused_until = {};
    source.window.received(now, asked.at, asked.repeated);
    source.reached = std::max(source.reached, i);
    give_up_overtaken(now, session);
    return true;
  }
  // All requests for this block are settled already. The answer counts for the latest of them.
  const auto last = std::find_if(
      source.asked.rbegin(), source.asked.rend(),
      [&](const auto& asked) { return asked.chunk == block.chunk && asked.block == block.block; });
  if (last != source.asked.rend()) source.window.spurious(now, last->at);
  return false;
}

void DownloadManager::give_up_overtaken(Time now, Session& session) {
  Source& source = session.source;
  const Time old = now - source.window.patience();
  std::uint32_t lost = 0;
  for (std::size_t i = source.first; i < source.reached && source.asked[i].at <= old; ++i) {
    if (source.asked[i].settled) continue;
    give_up(session, source.asked[i]);
    ++lost;
  }
  if (lost > 0) source.window.lost(now, lost);
  while (source.first < source.asked.size() && source.asked[source.first].settled) ++source.first;
  if (source.first < source.reached)
    context_.wake_at(source.asked[source.first].at + source.window.patience());
  if (source.first < compact_from || source.first * 2 < source.asked.size()) return;
  source.asked.erase(source.asked.begin(),
                     source.asked.begin() + static_cast<std::ptrdiff_t>(source.first));
  source.reached -= std::min(source.reached, source.first);
  source.first = 0;
}

// Gives up requests that are older than longest_answer, even if newer requests are answered.
void DownloadManager::give_up_old(Time now, Session& session) {
  Source& source = session.source;
  for (std::size_t i = source.first; i < source.asked.size(); ++i) {
    Source::Asked& asked = source.asked[i];
    if (asked.at + longest_answer > now) break;
    if (!asked.settled) give_up(session, asked);
  }
}

// Gives up one request. Its block becomes free again, unless it has come, or another session was
// asked for it later.
void DownloadManager::give_up(Session& session, Source::Asked& asked) {
  asked.settled = true;
  --session.source.under_way;
  --under_way_;
  const auto at = session.content->partial.find(asked.chunk);
  if (at == session.content->partial.end()) return;
  auto& block = at->second.blocks[asked.block];
  if (block.state != State::asked || block.at != asked.at) return;
  block.state = State::free;
  at->second.next = std::min<std::uint32_t>(at->second.next, asked.block);
  at->second.help_from = {};
}

// The content of a chunk that the store is asked to write, and who sent it.
WrittenChunk DownloadManager::written_chunk(PartialChunk& partial) {
  WrittenChunk written{std::move(partial.bytes), std::move(partial.senders), {}};
  if (written.senders.size() > 1)
    for (const auto& block : partial.blocks) written.sender_of.push_back(block.sender);
  return written;
}

void DownloadManager::whole(Content& content, Partials::iterator partial, Outbox& out) {
  const std::uint32_t chunk = partial->first;
  if (Session* owner = partial->second.owner; owner != nullptr)
    std::erase(owner->source.own, chunk);
  StoreRequest request = context_.store_request(StoreRequest::Kind::write, content, chunk);
  request.bytes = partial->second.bytes;
  unwritten_ += request.bytes->size();
  content.writing[chunk] = written_chunk(partial->second);
  content.partial.erase(partial);
  out.persist(std::move(request));
}

bool DownloadManager::written(Time now, Content& content, const StoreReport& report, Outbox& out) {
  unwritten_ -= content.metainfo->length(report.chunk);
  const auto at = content.writing.find(report.chunk);
  SWARM_ASSERT(at != content.writing.end(), "a report is of a chunk that was written");
  WrittenChunk chunk = std::move(at->second);
  content.writing.erase(at);
  if (report.outcome == StoreReport::Outcome::wrong) {
    blame(now, content, report.chunk, std::move(chunk), out);
  } else if (report.outcome == StoreReport::Outcome::done) {
    content.alone.erase(report.chunk);
    if (chunk.senders.size() == 1) content.banned.spare(chunk.senders[0]);
    for (const Endpoint& liar : spoilt_.liars(content.hash, report.chunk, *chunk.bytes))
      sessions_.ban(now, content, liar, out);
  }
  return report.outcome == StoreReport::Outcome::done;
}

// If one peer sent the whole chunk, it has lied. Otherwise the liars are found when the chunk has
// come right from one source.
void DownloadManager::blame(Time now, Content& content, std::uint32_t chunk, WrittenChunk written,
                            Outbox& out) {
  content.wasted += content.metainfo->length(chunk);
  content.alone.try_emplace(chunk);
  want(content, chunk);
  if (written.senders.size() == 1) return sessions_.ban(now, content, written.senders[0], out);
  spoilt_.keep(content.hash, chunk, *written.bytes, std::move(written.senders),
               std::move(written.sender_of));
}

void DownloadManager::forget(const Content& content) {
  spoilt_.forget(content.hash);
  for (const auto& [chunk, written] : content.writing)
    unwritten_ -= content.metainfo->length(chunk);
}

void DownloadManager::wake(Time now, Content& content, Outbox& out) {
  for (std::size_t i = 0; i < content.sessions.size(); ++i) {
    Session& session = *content.sessions[i];
    if (!session.open()) continue;
    if (session.source.under_way > 0) session.source.pace.wait(now);
    review_pace(now, session, out);
    if (session.source.first < session.source.reached) give_up_overtaken(now, session);
    give_up_old(now, session);
    if (session.source.under_way > 0 &&
        session.source.heard + session.source.window.timeout() <= now)
      silence(now, session, out);
    else
      fill(now, session, out);
    const Source& source = session.source;
    if (source.under_way > 0) context_.wake_at(source.heard + source.window.timeout());
    if (source.paused_until > now) context_.wake_at(source.paused_until);
  }
  if (content.picker) wake_helpers(now, content);
}

}  // namespace swarm
