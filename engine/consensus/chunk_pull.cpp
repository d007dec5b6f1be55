#include "engine/consensus/chunk_pull.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {
namespace {
constexpr std::size_t settled_kept = 256;  // entries, to recognise a chunk that comes twice
}  // namespace

ChunkPull::ChunkPull(std::uint32_t chunks, std::uint32_t most, Time now)
    : have_(chunks),
      missing_(chunks),
      window_(most, false, timing::pull_delay),
      heard_(now),
      waits_since_(now) {}

void ChunkPull::has(std::uint32_t chunk) {
  SWARM_ASSERT(chunk < have_.size() && next_ == 0, "kept chunks are known before any is asked for");
  missing_ -= !have_[chunk];
  have_[chunk] = true;
}

std::vector<std::uint32_t> ChunkPull::ask(Time now) {
  std::vector<std::uint32_t> wanted;
  const std::uint32_t room = window_.size() > under_way_ ? window_.size() - under_way_ : 0;
  const bool few = room < std::max(window_.size() / 4, 1u) && under_way_ > 0;
  // A request for few chunks costs as much as one for many. So requests wait until a quarter of the
  // window is free. Lost chunks are asked for at once.
  if (few && again_.empty()) return wanted;
  const auto take = [&](std::uint32_t chunk, bool repeated) {
    wanted.push_back(chunk);
    asked_.push_back({now, chunk, repeated, false});
  };
  while (wanted.size() < room && !again_.empty()) {
    take(*again_.begin(), true);
    again_.erase(again_.begin());
  }
  for (; wanted.size() < room && next_ < have_.size(); ++next_)
    if (!have_[next_]) take(next_, false);
  if (under_way_ == 0) waits_since_ = now;
  under_way_ += static_cast<std::uint32_t>(wanted.size());
  return wanted;
}

bool ChunkPull::received(Time now, std::uint32_t chunk) {
  const auto end = first_ + asked_.size();
  auto number = end;  // the oldest open entry of this chunk; `end`: there is none
  for (auto n = open_; n < end && number == end; ++n)
    if (!asked(n).settled && asked(n).chunk == chunk) number = n;
  if (number != end) {
    auto& one = asked(number);
    SWARM_ASSERT(under_way_ > 0, "a chunk that comes was under way");
    one.settled = true;
    --under_way_;
    window_.received(now, one.at, one.repeated);
    reached_ = std::max(reached_, number);
  } else {
    // The chunk was given up too early, or came twice. It counts as the answer to the last request
    // for it. That request was needless, so the window learns to wait longer.
    const auto last = std::find_if(asked_.rbegin(), asked_.rend(),
                                   [chunk](const Asked& one) { return one.chunk == chunk; });
    if (last != asked_.rend()) window_.spurious(now, last->at);
    again_.erase(chunk);
  }
  heard_ = waits_since_ = now;
  give_up_overtaken(now);
  if (have_[chunk]) return false;
  SWARM_ASSERT(missing_ > 0, "a chunk that is new was missing");
  have_[chunk] = true;
  --missing_;
  return true;
}

void ChunkPull::give_up_overtaken(Time now) {
  std::uint32_t lost = 0;
  // Entries stand in the order of asking, so the first one that is not overdue ends the search.
  for (auto n = open_; n < reached_ && asked(n).at + window_.patience() <= now; ++n) {
    if (asked(n).settled) continue;
    give_up(asked(n));
    ++lost;
  }
  if (lost > 0) window_.lost(now, lost);
  forget_settled();
}

void ChunkPull::give_up(Asked& one) {
  SWARM_ASSERT(!one.settled && under_way_ > 0, "only what is under way is given up");
  one.settled = true;
  --under_way_;
  if (!have_[one.chunk]) again_.insert(one.chunk);
}

void ChunkPull::forget_settled() {
  while (open_ < first_ + asked_.size() && asked(open_).settled) ++open_;
  while (first_ + settled_kept < open_) {
    asked_.pop_front();
    ++first_;
  }
}

Time ChunkPull::next_wake() const {
  if (under_way_ == 0) return missing_ == 0 ? never : waits_since_;  // a time in the past: ask now
  const Time silent = waits_since_ + window_.timeout();
  return open_ < reached_ ? std::min(silent, asked(open_).at + window_.patience()) : silent;
}

void ChunkPull::wake(Time now) {
  give_up_overtaken(now);
  if (under_way_ > 0 && waits_since_ + window_.timeout() <= now) silence(now);
}

void ChunkPull::resume(Time now) {
  for (auto n = open_; n < first_ + asked_.size(); ++n)
    if (!asked(n).settled) give_up(asked(n));
  forget_settled();
  heard_ = waits_since_ = now;
}

void ChunkPull::silence(Time now) {
  SWARM_ASSERT(open_ < first_ + asked_.size(), "in a silence something is under way");
  window_.silent(now);
  waits_since_ = now;
  // Only the oldest chunk is asked for again. Its answer shows which others are lost.
  give_up(asked(open_));
  forget_settled();
}

}  // namespace swarm
