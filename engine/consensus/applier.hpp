// Moves blocks through a replica: into the log, to the disk, and, once they are committed, into the
// state. The Applier also installs a snapshot, which replaces log and state (R19). It gathers all
// writes of a step and hands them to the host when the step ends.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/consensus/replica_state.hpp"

namespace swarm {

class Applier {
 public:
  // What the Applier tells the replica in the middle of a step.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void config_changed() = 0;  // the log now ends with a different CONFIG
    virtual void config_committed() = 0;
    virtual void applied(LogIndex index, std::uint64_t digest) = 0;  // all of this block is applied
  };
  Applier(ReplicaState& state, Listener& listener, const db::Applied& applied);

  // The log
  void append(BlockPtr block);
  void truncate(LogIndex from);
  void advance_commit(LogIndex index);  // commits up to `index`, and begins to apply
  void apply_committed();               // handles Timer::apply; never called while installing()
  void look_at_found();                 // handles Timer::found

  // True: the state contains only a part of the block after `applied`.
  bool within_block() const { return applied_mark_.position > 0; }
  const db::Applied& applied_mark() const { return applied_mark_; }
  LogIndex rows_applied() const { return rows_applied_; }  // the last block whose rows are durable
  // The number of row changes of the tables in force that are not durable yet.
  std::size_t rows_unwritten() const { return rows_unwritten_; }
  // From now on passes each row change to `maker`, which makes a snapshot. nullptr: passes row
  // changes to nobody.
  void watch(SnapshotMaker* maker) { maker_ = maker; }

  // The part of this step's write that goes to the staged tables. The staged tables are not in
  // force yet.
  db::Staging& staging();
  std::uint64_t ticket_of_this_step() const { return log_ticket_ + 1; }
  // Handles Timer::write_rows. Blocks from `needed_from` on stay in the log, because slaves that
  // pull a snapshot need them.
  void write_rows(LogIndex needed_from);
  // Frees a large object on the disk's thread, because that may take longer than a step may.
  void discard(std::shared_ptr<const void> what) { write().discarded.push_back(std::move(what)); }
  // Begins to replace state and log by a snapshot whose rows are all staged. `digest` is that of
  // the snapshot's state.
  void install(const db::SnapshotHead& snapshot, std::uint64_t digest);
  bool installing() const { return installing_.has_value(); }  // true from install() to replace()
  // Ends a step: hands its writes to the host.
  void flush();
  // A write is durable. True: the write installs the snapshot, so the caller must call replace().
  bool persisted(std::uint64_t ticket);
  void replace();  // takes log, commit index and applied index from the snapshot

 private:
  void apply(const Block& block, std::size_t& room);
  db::TrackerWrite& write();
  // Row changes that are applied in memory and not written yet, in the order of the log. Each group
  // becomes one write, which also says where in the log the group ends.
  struct RowGroup {
    std::vector<db::RowChange> rows;
    db::Applied applied;
    std::uint64_t digest{};  // the digest of the state at `applied`
  };
  RowGroup& row_group();  // the group that takes the next rows

  ReplicaState& s_;
  Listener& listener_;
  SnapshotMaker* maker_ = nullptr;
  // The end of what the state contains: after block `applied`, or within the block after it.
  db::Applied applied_mark_;
  LogIndex rows_applied_;
  db::TrackerWrite write_;
  bool write_pending_ = false;
  std::deque<RowGroup> rows_;
  std::uint64_t log_ticket_ = 0;
  struct RowsInFlight {
    std::uint64_t ticket;
    LogIndex applied;
    std::size_t rows;
  };
  std::deque<RowsInFlight> rows_in_flight_;
  std::size_t rows_unwritten_ = 0;
  std::uint64_t install_ticket_ = 0;
  std::optional<db::SnapshotHead> installing_;
  // look_at_found() has shown the state machine the blocks up to found_, and will show it those up
  // to found_to_.
  LogIndex found_, found_to_;
};

}  // namespace swarm
