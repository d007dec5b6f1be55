// The replicated log in memory: the blocks from begin() on, how far they are durable here, and the
// CONFIGs among them. The last CONFIG in the log is in force, from its append on (R20).
#pragma once

#include <deque>

#include "engine/node/operation.hpp"
#include "engine/node/tracker_db.hpp"

namespace swarm {

class Log {
 public:
  explicit Log(const db::TrackerImage& image);

  LogIndex begin() const { return begin_; }  // the first block that is kept
  LogIndex last() const { return begin_ + blocks_.size() - 1; }
  LogIndex durable() const { return durable_; }  // all blocks up to this index are on this disk
  Term last_term() const { return term_at(last()); }
  Term durable_term() const { return term_at(durable_); }

  // True: begin() - 1 <= index <= last().
  bool knows_term(LogIndex index) const { return index + 1 >= begin_ && index <= last(); }
  Term term_at(LogIndex index) const;
  const BlockPtr& at(LogIndex index) const;  // begin() <= index <= last()

  // The block's index must be last() + 1. `config`: the CONFIG in it, or nullptr.
  void append(BlockPtr block, const Config* config);
  void truncate(LogIndex from);  // drops the blocks at `from` and above
  // Drops the blocks below `index`. They must be applied and durable.
  void drop_before(LogIndex index);
  // Drops all blocks. The log then begins after the snapshot.
  void reset(const db::SnapshotHead& snapshot);

  // This ticket covers all blocks that were appended so far: they are in its write or in an earlier
  // one. They are durable when the disk has reported the ticket.
  void ticketed(std::uint64_t ticket);
  void persisted(std::uint64_t ticket);

  const Config& config() const { return configs_.back().config; }
  LogIndex config_index() const { return configs_.back().index; }
  struct ConfigAt {
    LogIndex index;  // the index of the block with this CONFIG
    Config config;
  };
  // The CONFIG in force at an index of the log; begin() - 1 <= index <= last().
  const ConfigAt& config_at(LogIndex index) const;

 private:
  struct InFlight {
    std::uint64_t ticket;
    LogIndex last;
  };
  LogIndex begin_;
  Term previous_term_;
  std::deque<BlockPtr> blocks_;
  std::deque<ConfigAt> configs_;  // the first one was in force just before begin()
  LogIndex durable_;
  std::deque<InFlight> in_flight_;
};

// The CONFIG in a block. Nothing if the block has none.
std::optional<Config> config_in(const Block& block);

}  // namespace swarm
