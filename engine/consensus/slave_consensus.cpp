#include "engine/consensus/slave_consensus.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"
#include "engine/wire/entries.hpp"

namespace swarm {
namespace {

// Checks the operations of a block before it enters the log, because the sender may be wrong. A
// CONFIG stands alone in its block.
bool well_formed(Bytes operations, const StateMachine& machine) {
  if (!wire::begins_with_config(operations)) return machine.well_formed(operations);
  const auto config = wire::decode_config(operations);
  return config && config->sound();
}

}  // namespace

void SlaveConsensus::new_term() {
  evidence_.new_term();
  // Every later master's log has all that is committed. Later blocks here may differ from the new
  // master's log, so READY must not cover them until that master has confirmed them (R12).
  verified_ = s_.commit;
  master_last_ = master_commit_ = ready_told_ = fetched_to_ = {};
  ahead_.clear();
  receiver_.stop_pulling();
  s_.timers.clear(Timer::fetch);
}

void SlaveConsensus::installed() {
  ahead_.clear();
  verified_ = s_.commit;
  fetched_to_ = {};
  watch_gap();
}

LogIndex SlaveConsensus::durable() const {
  return std::min(verified_, s_.log.durable());
}

std::uint64_t SlaveConsensus::ahead() const {
  std::uint64_t bits = 0;
  for (const auto& [index, block] : ahead_)
    if (const auto bit = index - verified_; bit >= 2 && bit < 66) bits |= 1ULL << (bit - 2);
  return bits;
}

void SlaveConsensus::on_state(const wire::MasterState& state) {
  if (evidence_.contradicts(state)) return;
  master_last_ = std::max(master_last_, state.last);
  master_commit_ = std::max(master_commit_, state.commit);
  if (applier_.installing()) return;  // this log is about to be replaced
  // A master makes only one block for an index in its term, and a block is appended only if the
  // block before it matches. So two logs that have the same term at an index are equal up to that
  // index.
  if (state.last > verified_ && s_.log.knows_term(state.last) &&
      s_.log.term_at(state.last) == state.last_term)
    verified_up_to(state.last);
  take_commit();
  watch_gap();
}

void SlaveConsensus::verified_up_to(LogIndex index) {
  SWARM_ASSERT(index <= s_.log.last(), "a verified block is in the log (R12)");
  if (index <= verified_) return;
  verified_ = index;
  ahead_.erase(ahead_.begin(), ahead_.upper_bound(verified_));
  drain_ahead();
}

void SlaveConsensus::take_commit() {
  const auto index = std::min(master_commit_, verified_);  // R12
  if (index > s_.commit && !applier_.installing()) applier_.advance_commit(index);
}

bool SlaveConsensus::contradicts(LogIndex index, Term term) const {
  return index <= verified_ && s_.log.knows_term(index) && s_.log.term_at(index) != term;
}

bool SlaveConsensus::on_block(LogIndex index, Term term, Term previous_term, SwarmTime stamp,
                              Bytes operations) {
  // A log that is about to be replaced takes no blocks. Nor does a slave that doubts its master's
  // log (R29). In both cases the block itself may be right.
  if (applier_.installing() || evidence_.is_contradicted()) return true;
  const bool before = contradicts(index - 1, previous_term);
  // The block contradicts one that this master has confirmed in this term, so no honest master sent
  // it. A contradiction at or below the commit index shows that this disk or the master's is wrong
  // (R29).
  if (before || contradicts(index, term)) {
    const LogIndex at = before ? index - 1 : index;
    if (at <= s_.commit) evidence_.contradicted_by_a_block(at);
    return false;
  }
  if (index <= verified_) return true;
  // An unreadable block would end every member when it is applied. So it is refused here, before it
  // can be acknowledged.
  if (!well_formed(operations, s_.machine)) return false;
  // Blocks behind a gap wait in memory, which is bounded. A block beyond the bound is dropped.
  if (index > verified_ + 4 * std::uint64_t{s_.settings.window}) return true;
  auto block =
      std::make_shared<Block>(Block{index, term, stamp, {operations.begin(), operations.end()}});
  // The log may have blocks that this master has not confirmed yet. If this block follows on them,
  // it confirms them.
  if (index > verified_ + 1 && s_.log.knows_term(index - 1) &&
      s_.log.term_at(index - 1) == previous_term)
    verified_up_to(index - 1);
  if (index <= verified_) return true;
  if (index == verified_ + 1) {
    accept(std::move(block));
    drain_ahead();
    take_commit();
  } else {
    ahead_.try_emplace(index, Ahead{std::move(block), previous_term});
  }
  watch_gap();
  return true;
}

void SlaveConsensus::accept(BlockPtr block) {
  const auto index = block->index;
  const auto term = block->term;
  SWARM_ASSERT(index == verified_ + 1, "a slave takes the master's blocks in order (R11)");
  // This log has a block of a former master at this index. That block was never committed, and this
  // term's master has another block here (R11).
  if (index <= s_.log.last() && s_.log.term_at(index) != block->term) applier_.truncate(index);
  if (index > s_.log.last()) applier_.append(std::move(block));
  SWARM_ASSERT(s_.log.term_at(index) == term, "a slave's log has the master's block (R11)");
  verified_ = index;
}

void SlaveConsensus::drain_ahead() {
  while (!ahead_.empty() && ahead_.begin()->first == verified_ + 1) {
    auto next = std::move(ahead_.begin()->second);
    ahead_.erase(ahead_.begin());
    // A block that came ahead is dropped if it does not follow on the blocks that have filled the
    // gap (R11).
    if (s_.log.term_at(verified_) != next.previous_term) return;
    accept(std::move(next.block));
  }
}

bool SlaveConsensus::persisted() {
  SWARM_ASSERT(durable() <= verified_, "READY covers only what is verified (R12)");
  if (durable() <= ready_told_) return false;
  ready_told_ = durable();
  return true;
}

// ---- Gaps

bool SlaveConsensus::whole_to_come() const {
  return applier_.installing() || receiver_.pulling();
}

void SlaveConsensus::watch_gap() {
  if (whole_to_come() || verified_ >= master_last_) return;
  if (fetched_to_ && verified_ >= fetched_to_) return fetch();  // catching up: the next 64 blocks
  if (ahead_.size() >= timing::overtaken_by && !fetched_to_) return fetch();
  if (s_.timers.is_set(Timer::fetch)) return;
  // A keep-alive may only have overtaken the missing blocks, so they get a moment to come.
  gap_mark_ = master_last_;
  s_.timers.set(Timer::fetch, s_.now + timing::fetch_after);
}

void SlaveConsensus::fetch_timer() {
  if (s_.is_master() || whole_to_come() || verified_ >= master_last_) {
    fetched_to_ = {};
    return;
  }
  // The gap for which the timer was set is filled; a later gap remains.
  if (verified_ >= gap_mark_) {
    fetched_to_ = {};
    return watch_gap();
  }
  fetch();
}

void SlaveConsensus::fetch() {
  if (!s_.master) return;
  SWARM_ASSERT(!s_.is_master(), "a master fetches no block");
  SWARM_ASSERT(verified_ < master_last_, "a slave fetches only what it lacks");
  const LogIndex first = verified_ + 1;
  std::uint64_t wanted = 0;
  for (std::uint64_t i = 0; i < 64 && first + i <= master_last_; ++i) {
    if (!ahead_.contains(first + i)) wanted |= 1ULL << i;
    fetched_to_ = first + i;
  }
  gap_mark_ = first;
  s_.send(s_.master, wire::Fetch{first, wanted});
  s_.timers.set(Timer::fetch,
                s_.now + std::max<Duration>(timing::fetch_again, s_.settings.keep_alive));
}

}  // namespace swarm
