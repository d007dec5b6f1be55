// Slave Consensus System (seed table 1): accepts the master's blocks, acknowledges them with READY
// once they are durable, and commits up to the master's commit index. It repairs gaps and catches
// up after an absence (R11, R12).
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

  void new_term();  // only committed blocks count as verified, until the new master confirms more
  void on_state(const wire::MasterState& state);  // the state in a KA or PREPARE
  // R11. False: no honest master of this term can have sent this block.
  bool on_block(LogIndex index, Term term, Term previous_term, SwarmTime stamp, Bytes operations);
  bool persisted();  // a write is durable; true: READY must be sent
  void fetch_timer();
  void installed();  // a snapshot has replaced log and state
  // True: the transaction by which a snapshot replaces log and state is being written (R19).
  bool installing() const { return applier_.installing(); }
  void verified_up_to(LogIndex index);

  LogIndex verified() const { return verified_; }  // up to here the log equals the master's (R12)
  LogIndex durable() const;                        // verified and on this disk; READY's value
  std::uint64_t ahead() const;  // KA_ACK's bitmap of the blocks that came beyond the gap

 private:
  // True: the block at `index` is verified, and its term is not `term`.
  bool contradicts(LogIndex index, Term term) const;
  void accept(BlockPtr block);
  void drain_ahead();
  // True: a snapshot is being pulled or installed, so single blocks are not needed.
  bool whole_to_come() const;
  void watch_gap();
  void fetch();
  void take_commit();

  ReplicaState& s_;
  Applier& applier_;
  SnapshotReceiver& receiver_;
  Evidence& evidence_;
  LogIndex verified_;
  LogIndex master_last_, master_commit_;  // the highest indexes that this term's master has stated
  LogIndex ready_told_;                   // the value of the last READY
  // The gap for which Timer::fetch was set is filled once verified_ reaches gap_mark_. fetched_to_
  // is the end of the last FETCH, or zero if the slave waits for no answer to a FETCH.
  LogIndex gap_mark_, fetched_to_;
  struct Ahead {
    BlockPtr block;
    Term previous_term;
  };
  std::map<LogIndex, Ahead> ahead_;
};

}  // namespace swarm
