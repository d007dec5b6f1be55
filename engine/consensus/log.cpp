#include "engine/consensus/log.hpp"

#include "engine/base/assert.hpp"
#include "engine/wire/entries.hpp"

namespace swarm {

std::optional<Config> config_in(const Block& block) {
  if (!wire::begins_with_config(block.operations)) return std::nullopt;
  auto config = wire::decode_config(block.operations);
  SWARM_ASSERT(config, "a CONFIG stands alone in its block");
  return config;
}

Log::Log(const db::TrackerImage& image)
    : begin_(image.log_begin), previous_term_(image.previous_term), durable_(image.log_begin - 1) {
  configs_.push_back({image.tables.config_index, image.tables.config});
  for (const auto& block : image.log) {
    const auto config = config_in(*block);
    append(block, config ? &*config : nullptr);
  }
  durable_ = last();
}

Term Log::term_at(LogIndex index) const {
  SWARM_ASSERT(knows_term(index), "the term of a block outside of the log was asked for");
  return index + 1 == begin_ ? previous_term_ : at(index)->term;
}

const BlockPtr& Log::at(LogIndex index) const {
  SWARM_ASSERT(index >= begin_ && index <= last(), "a block outside of the log was asked for");
  return blocks_[index - begin_];
}

void Log::append(BlockPtr block, const Config* config) {
  SWARM_ASSERT(block->index == last() + 1, "blocks are appended without gaps");
  SWARM_ASSERT(block->term >= last_term(), "terms never decrease along the log");
  if (config) configs_.push_back({block->index, *config});
  blocks_.push_back(std::move(block));
}

void Log::truncate(LogIndex from) {
  SWARM_ASSERT(from >= begin_ && from <= last(), "only blocks in the log are truncated");
  while (last() >= from) blocks_.pop_back();
  while (configs_.size() > 1 && configs_.back().index >= from) configs_.pop_back();
  durable_ = std::min(durable_, from - 1);
  // A write that is under way makes none of the truncated blocks durable.
  for (auto& ticket : in_flight_) ticket.last = std::min(ticket.last, from - 1);
  SWARM_ASSERT(last() + 1 == from, "the log ends before the truncated block");
  SWARM_ASSERT(durable_ <= last(), "a truncated block is not durable");
}

void Log::drop_before(LogIndex index) {
  SWARM_ASSERT(index <= durable_ + 1, "only durable blocks are dropped");
  if (index <= begin_) return;
  previous_term_ = term_at(index - 1);
  const auto in_force = config_at(index - 1).index;
  while (configs_.size() > 1 && configs_[1].index < index) configs_.pop_front();
  while (begin_ < index) {
    blocks_.pop_front();
    ++begin_;
  }
  SWARM_ASSERT(configs_.front().index == in_force, "the CONFIG in force before the log is kept");
}

void Log::reset(const db::SnapshotHead& snapshot) {
  blocks_.clear();
  configs_.clear();
  in_flight_.clear();
  begin_ = snapshot.applied.index + 1;
  previous_term_ = snapshot.applied.term;
  durable_ = snapshot.applied.index;
  configs_.push_back({snapshot.config_index, snapshot.config});
}

void Log::ticketed(std::uint64_t ticket) {
  SWARM_ASSERT(in_flight_.empty() || in_flight_.back().ticket < ticket,
               "a ticket is given once, in increasing order");
  in_flight_.push_back({ticket, last()});
}

void Log::persisted(std::uint64_t ticket) {
  while (!in_flight_.empty() && in_flight_.front().ticket <= ticket) {
    durable_ = std::max(durable_, in_flight_.front().last);
    in_flight_.pop_front();
  }
  SWARM_ASSERT(durable_ <= last(), "only blocks in the log become durable");
}

const Log::ConfigAt& Log::config_at(LogIndex index) const {
  SWARM_ASSERT(knows_term(index), "the CONFIG at an index outside of the log was asked for");
  auto found = configs_.begin();
  for (auto it = configs_.begin(); it != configs_.end() && it->index <= index; ++it) found = it;
  return *found;
}

}  // namespace swarm
