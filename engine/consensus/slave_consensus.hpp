// Slave Consensus System (seed table 1): takes the master's blocks, says READY when they are
// durable here, and commits when the master orders to. Repairs gaps, catches up after an absence
// (R11, R12).
#pragma once

#include <map>

#include "engine/node/operation.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

struct Parts;

class SlaveConsensus {
 public:
  explicit SlaveConsensus(Parts& parts) : p_(parts) {}

  void new_term();  // nothing is verified yet against this term's master
  void on_state(const wire::MasterState& state);  // of KA and PREPARE
  // R11. False: no honest master of this term can have sent it.
  bool on_block(LogIndex index, Term term, Term previous_term, SwarmTime stamp, Bytes operations);
  void persisted();  // the disk has reported: READY
  void fetch_timer();
  void installed();  // a snapshot is in force
  void verified_up_to(LogIndex index);

  LogIndex verified() const { return verified_; }  // contiguous, equal to the master's log
  LogIndex durable() const;                        // READY's value
  std::uint64_t ahead() const;                     // bitmap of what came after the gap

 private:
  bool contradicts(LogIndex index, Term term) const;  // what is verified
  void accept(BlockPtr block);
  void drain_ahead();
  bool whole_to_come() const;  // a snapshot is pulled or installed: no use in single blocks
  void watch_gap();
  void fetch();
  void take_commit();

  Parts& p_;
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
