// Slave Consensus System (seed table 1): accepts the master's blocks, acknowledges them with
// READY once they are durable, and commits up to the master's commit index. It repairs gaps and
// catches up after an absence (R11, R12).
#pragma once

#include <map>

#include "engine/consensus/applier.hpp"
#include "engine/consensus/evidence.hpp"
#include "engine/consensus/snapshot_receiver.hpp"
#include "engine/node/operation.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

class SlaveConsensus {
 public:
  SlaveConsensus(ReplicaState& state, Applier& applier, SnapshotReceiver& receiver,
                 Evidence& evidence)
      : s_(state), applier_(applier), receiver_(receiver), evidence_(evidence) {}

  void new_term();  // no block is verified yet against the new term's master
  void on_state(const wire::MasterState& state);  // of KA and PREPARE
  // R11. False: no honest master of this term can have sent it.
  bool on_block(LogIndex index, Term term, Term previous_term, SwarmTime stamp, Bytes operations);
  bool persisted();  // a write is durable. True: READY must be sent
  void fetch_timer();
  void installed();  // a snapshot is in force
  // A snapshot is being written that replaces log and state (R19).
  bool installing() const { return applier_.installing(); }
  void verified_up_to(LogIndex index);

  LogIndex verified() const { return verified_; }  // contiguous, equal to the master's log
  LogIndex durable() const;                        // READY's value
  std::uint64_t ahead() const;                     // bitmap of the blocks received beyond the gap

 private:
  bool contradicts(LogIndex index, Term term) const;  // true: the block contradicts a verified one
  void accept(BlockPtr block);
  void drain_ahead();
  bool whole_to_come() const;  // a snapshot is pulled or installed: single blocks are not needed
  void watch_gap();
  void fetch();
  void take_commit();

  ReplicaState& s_;
  Applier& applier_;
  SnapshotReceiver& receiver_;
  Evidence& evidence_;
  LogIndex verified_;
  LogIndex master_last_, master_commit_;
  LogIndex ready_told_;
  LogIndex gap_mark_, fetched_to_;
  struct Ahead {
    BlockPtr block;
    Term previous_term;
  };
  std::map<LogIndex, Ahead> ahead_;
};

}  // namespace swarm
