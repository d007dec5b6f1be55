// The way of a block through a replica: into the log, to the disk, and, when it is committed, into
// the state; and that of a snapshot, which takes the place of both. What is written at the end of a
// step is gathered here.
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
  // What the whole replica does about it, at once.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void config_changed() = 0;  // the last CONFIG of the log is another one
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
  // A snapshot that is being made is told of each change; none: no more.
  void watch(SnapshotMaker* maker) { maker_ = maker; }

  // What is written at the end of this step.
  db::Staging& staging();
  std::uint64_t ticket_of_this_step() const { return log_ticket_ + 1; }
  // Timer::write_rows. The log is kept from `needed_from` on for who pulls a snapshot.
  void write_rows(LogIndex needed_from);
  // Something large that is needed no more: freeing it may take longer than a step is for.
  void discard(std::shared_ptr<const void> what) { write().discarded.push_back(std::move(what)); }
  // A snapshot, all of whose rows are staged, takes the place of state and log; digest: of it.
  void install(const db::SnapshotHead& snapshot, std::uint64_t digest);
  bool installing() const { return installing_.has_value(); }
  // Ends a step: hands what is to be written to the host.
  void flush();
  // The disk has it. True: so is the snapshot that was being installed; replace() is next.
  bool persisted(std::uint64_t ticket);
  void replace();  // log and commit index are those of the snapshot

 private:
  void apply(const Block& block, std::size_t& room);
  db::TrackerWrite& write();
  // Applied in memory, not yet written: in the order of the log, each group for a write of its own,
  // with where it ends.
  struct RowGroup {
    std::vector<db::RowChange> rows;
    db::Applied applied;
    std::uint64_t digest{};  // of the state there
  };
  RowGroup& row_group();  // that the next rows belong to

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
  // Of the log as it was found at the start: up to where the state machine was told, and how far
  // it is to be.
  LogIndex found_, found_to_;
};

}  // namespace swarm
