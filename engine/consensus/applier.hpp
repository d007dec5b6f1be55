// The way of a block through a replica: into the log, to the disk, and, when it is committed, into
// the state. Also the way of a snapshot, which takes the place of both. The Applier gathers the
// writes of a step and hands them to the host at its end.
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
  // Calls to the whole replica, in the middle of a step.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void config_changed() = 0;  // another CONFIG is the last one in the log
    virtual void config_committed() = 0;
    virtual void applied(LogIndex index, std::uint64_t digest) = 0;  // a whole block
  };
  Applier(ReplicaState& state, Listener& listener, const db::Applied& applied);

  // The log
  void append(BlockPtr block);
  void truncate(LogIndex from);
  void advance_commit(LogIndex index);  // commits up to there, and applies
  void apply_committed();               // Timer::apply; nothing while a snapshot is installed
  void look_at_found();                 // Timer::found

  // The state has only a part of a block, the one after `applied`.
  bool within_block() const { return applied_mark_.position > 0; }
  const db::Applied& applied_mark() const { return applied_mark_; }
  LogIndex rows_applied() const { return rows_applied_; }         // durable
  std::size_t rows_unwritten() const { return rows_unwritten_; }  // of those in force
  // Each change of a row is passed to a snapshot that is being made; nullptr: to none any more.
  void watch(SnapshotMaker* maker) { maker_ = maker; }

  // The part of this step's write for tables that are not in force yet.
  db::Staging& staging();
  std::uint64_t ticket_of_this_step() const { return log_ticket_ + 1; }
  // Timer::write_rows. The log is kept from `needed_from` on for slaves that pull a snapshot.
  void write_rows(LogIndex needed_from);
  // Frees a large object on the disk's thread, because that may take longer than a step may.
  void discard(std::shared_ptr<const void> what) { write().discarded.push_back(std::move(what)); }
  // Lets a snapshot take the place of state and log. All of its rows are staged; `digest` is its
  // state's.
  void install(const db::SnapshotHead& snapshot, std::uint64_t digest);
  bool installing() const { return installing_.has_value(); }
  // Ends a step: hands its writes to the host.
  void flush();
  // A write is durable. True: with it the snapshot that is being installed; replace() is next.
  bool persisted(std::uint64_t ticket);
  void replace();  // takes log and commit index from the snapshot

 private:
  void apply(const Block& block, std::size_t& room);
  db::TrackerWrite& write();
  // Rows that are applied in memory and not written yet, in the order of the log. Each group
  // becomes one write, which also says where in the log the group ends.
  struct RowGroup {
    std::vector<db::RowChange> rows;
    db::Applied applied;
    std::uint64_t digest{};  // of the state there
  };
  RowGroup& row_group();  // the group that takes the next rows

  ReplicaState& s_;
  Listener& listener_;
  SnapshotMaker* maker_ = nullptr;
  db::Applied applied_mark_;  // at `applied`, or in the block after it
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
  // look_at_found() has shown the state machine the blocks up to found_, and ends at found_to_.
  LogIndex found_, found_to_;
};

}  // namespace swarm
