// What the components of one tracker share: identity, term, log, tables, timers, and the step that
// is being made. Each component keeps its own state and reaches the others through here.
#pragma once

#include "engine/base/random.hpp"
#include "engine/base/timers.hpp"
#include "engine/consensus/ballot_box.hpp"
#include "engine/consensus/bulk_sender.hpp"
#include "engine/consensus/cluster_fault_tolerance.hpp"
#include "engine/consensus/departure.hpp"
#include "engine/consensus/evidence.hpp"
#include "engine/consensus/founding.hpp"
#include "engine/consensus/group_hearing.hpp"
#include "engine/consensus/invariants.hpp"
#include "engine/consensus/log.hpp"
#include "engine/consensus/master_consensus.hpp"
#include "engine/consensus/master_election.hpp"
#include "engine/consensus/membership.hpp"
#include "engine/consensus/slave_consensus.hpp"
#include "engine/consensus/snapshot_receiver.hpp"
#include "engine/consensus/snapshots.hpp"
#include "engine/consensus/sync_watch.hpp"
#include "engine/tracker/answering/peer_info_sender.hpp"
#include "engine/tracker/answering/relay.hpp"
#include "engine/tracker/answering/secret_rotation.hpp"
#include "engine/tracker/tracker.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

enum class Timer {
  keep_alive,     // master: the next KA
  status,         // everyone: STATUS to all, and a look at the members
  suspect,        // slave: the promise to the master has run out
  stand,          // slave: its rank's turn to stand for election
  vote_retry,     // candidate: ask again
  block_close,    // master: the open block is sent
  resend,         // master: blocks that nobody acknowledged
  bulk,           // master: chunks and old blocks that wait for their turn
  fetch,          // slave: a gap that nothing filled
  snapshot_pull,  // slave: chunks that did not come
  snapshot_load,  // slave: the next rows of one that was pulled; everyone: of what is left over
  snapshot_make,  // master: the next rows of one that is being made
  hand_over,      // master: the successor has not answered
  disk_watch,     // everyone: a sync is pending for too long
  write_rows,     // everyone: rows follow the log
  hello,          // stranger: say HELLO, GENESIS or JOIN
  leave,          // a member that leaves for good: hand over, or ask to be removed
  relay,          // a request that the master has not answered, or that has become too old
  apply,          // everyone: what is committed and was more than one step applies
  remember,       // everyone: downloads that the log of the start tells, more than one step's
  answer,         // master: what waits and was more than one step answers; else: take_back()
  count
};

struct Parts {
  explicit Parts(Tracker::Start start);

  // Identity and standing
  TrackerSettings settings;
  Random random;
  BootId boot;
  BallotBox ballot;
  Role role = Role::stranger;
  MemberId master;                 // followed, or self; zero: none known
  Time muted_until = Time::min();  // R10
  bool stopping = false;
  Time started{};

  // The replicated state
  Log log;
  SwarmTable table;
  LogIndex commit, applied;  // of the in-memory table
  LogIndex rows_applied;     // durable
  db::Applied applied_mark;  // at `applied`, or in the block after it

  // The step
  Time now{};
  Outbox* out = nullptr;
  Timers<Timer> timers;

  Relay relay;
  PeerInfoSender sender;
  ClusterFaultTolerance fault_tolerance;
  MasterElection election;
  MasterConsensus master_consensus;
  SlaveConsensus slave_consensus;
  BulkSender bulk;
  Snapshots snapshots;
  SnapshotReceiver snapshot_receiver;
  Membership membership;
  Founding founding;
  Departure departure;
  SecretRotation secret_rotation;
  GroupHearing group_hearing;
  Evidence evidence;

  Term term() const { return ballot.current().term; }
  MemberId self() const { return ballot.current().member; }
  StoreId store() const { return ballot.current().store; }
  const Config& config() const { return log.config(); }
  bool is_voter() const;
  bool is_member() const { return role != Role::stranger && role != Role::removed; }
  bool is_master() const { return role == Role::master; }
  bool muted() const { return now < muted_until; }
  void event(Event e) { out->event(std::move(e)); }

  // Datagrams
  void send(MemberId to, const wire::Body& body);
  void send_to(const Endpoint& address, MemberId to, const wire::Body& body);
  void broadcast(const wire::Body& body);  // to every other member

  // Terms and roles
  void adopt(Term term);      // R0: a higher one was seen
  void stand_in_next_term();  // a candidate's own
  void become(Role role);
  void follow(MemberId master);  // its KA or PREPARE of this term came
  void step_down(Cause cause);   // a master becomes a slave
  void become_member(ClusterId cluster, MemberId member);

  // The log
  void append(BlockPtr block);
  void truncate(LogIndex from);
  void advance_commit(LogIndex index);  // commits and applies up to there
  // A snapshot, all of whose rows are staged, takes the place of tables and log; digest: of them.
  void install(const db::SnapshotHead& snapshot, std::uint64_t digest);
  // Something large that is needed no more: freeing it may take longer than a step is for.
  template <class T>
  void discard(T what) {
    write().discarded.push_back(std::make_shared<const T>(std::move(what)));
  }
  bool installing() const { return installing_.has_value(); }
  SwarmTime swarm_time() const;            // R14
  void learn_swarm_time(SwarmTime stamp);  // of a block: never back
  void follow_swarm_time(SwarmTime time);  // the master's, also back: its clock may be slower

  // Answering
  bool may_answer() const;        // R5, R9, and the lease
  bool accepts_requests() const;  // and no hand-over is under way
  void serve_peers();             // after anything that may have made may_answer() true
  // What waited for a commit when a mastership ended goes back among what is kept (R18) or is to be
  // passed on (R23), in slices. True: there is more.
  bool take_back();

  void persisted(Ticket ticket);
  void write_rows();
  db::Staging& staging();  // of the write at the end of this step
  std::uint64_t ticket_of_this_step() const { return log_ticket_ + 1; }
  std::size_t rows_unwritten() const { return rows_unwritten_; }  // of those in force
  void apply_timer();
  // The table has only a part of a block, the one after `applied`.
  bool within_block() const { return applied_mark.position > 0; }
  void flush();                  // ends a step: hands what is to be written to the host
  Duration sync_age() const;     // of the syncs in progress, the older one's
  Duration sync_length() const;  // as acknowledgements tell it: of the slower queue
  void disk_watch(Time deadline);
  TrackerView view() const;

 private:
  void apply_committed();
  void apply(const Block& block, std::size_t& room);
  void config_changed();
  void set_swarm_time(SwarmTime time);
  db::TrackerWrite& write();
  Time sync_since() const;  // never: none is in progress
  void watch_syncs();

  db::TrackerWrite write_;
  bool write_pending_ = false;
  // Applied in memory, not yet written: in the order of the log, each group for a write of its own,
  // with where it ends.
  struct RowGroup {
    std::vector<db::RowChange> rows;
    db::Applied applied;
    std::uint64_t digest{};  // of the table there
  };
  RowGroup& row_group();  // that the next rows belong to
  std::deque<RowGroup> rows_;
  std::uint64_t log_ticket_ = 0;
  struct RowsInFlight {
    std::uint64_t ticket;
    LogIndex applied;
    std::size_t rows;
  };
  std::deque<RowsInFlight> rows_in_flight_;
  std::size_t rows_unwritten_ = 0;
  SyncWatch log_sync_, ballot_sync_;
  Time watched_since_ = never;  // of the sync that Timer::disk_watch is for
  bool told_slow_ = false;      // that one
  std::uint64_t install_ticket_ = 0;
  std::optional<db::SnapshotHead> installing_;
  SwarmTime last_stamp_;  // seen in a block
  SwarmTime swarm_base_;
  Time swarm_base_at_{};
  std::vector<std::uint8_t> buffer_;
};

}  // namespace swarm
