// The replicated log in memory: the blocks from begin() on, how far they are durable here, and the
// CONFIG entries among them (R20: the last one in the log is in force from its append).
#pragma once

#include <deque>

#include "engine/node/operation.hpp"
#include "engine/node/tracker_db.hpp"

namespace swarm {

class Log {
 public:
  explicit Log(const db::TrackerImage& image);

  LogIndex begin() const { return begin_; }  // first block kept
  LogIndex last() const { return begin_ + blocks_.size() - 1; }
  LogIndex durable() const { return durable_; }  // contiguous, synced here
  Term last_term() const { return term_at(last()); }
  Term durable_term() const { return term_at(durable_); }

  // begin() - 1 <= index <= last()
  bool knows_term(LogIndex index) const { return index + 1 >= begin_ && index <= last(); }
  Term term_at(LogIndex index) const;
  const BlockPtr& at(LogIndex index) const;  // begin() <= index <= last()

  void append(BlockPtr block, const Config* config);  // its index is last() + 1
  void truncate(LogIndex from);                       // drops blocks at or above
  // Drops blocks below `index`, which are applied and durable.
  void drop_before(LogIndex index);
  // Drops all blocks: the log now begins behind a snapshot.
  void reset(const db::SnapshotHead& snapshot);

  // A ticket of the disk covers all blocks appended so far. When it is durable, so are they.
  void ticketed(std::uint64_t ticket);
  void persisted(std::uint64_t ticket);

  const Config& config() const { return configs_.back().config; }
  LogIndex config_index() const { return configs_.back().index; }
  // The CONFIG in force at an index of the log (begin() - 1 <= index <= last()).
  struct ConfigAt {
    LogIndex index;
    Config config;
  };
  const ConfigAt& config_at(LogIndex index) const;

 private:
  struct InFlight {
    std::uint64_t ticket;
    LogIndex last;
  };
  LogIndex begin_;
  Term previous_term_;
  std::deque<BlockPtr> blocks_;
  std::deque<ConfigAt> configs_;  // the first: in force before begin()
  LogIndex durable_;
  std::deque<InFlight> in_flight_;
};

// The CONFIG operation of a block, when it has one.
std::optional<Config> config_in(const Block& block);

}  // namespace swarm
