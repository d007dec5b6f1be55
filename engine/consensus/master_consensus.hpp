// Master Consensus System (seed table 1): coordinates the replication of the database. Prepare,
// ready, commit: blocks are sent while they are synced here, many in flight (window); a block is
// committed when a quorum has it durable (R13); planned hand-over (R9).
#pragma once

#include "engine/consensus/applier.hpp"
#include "engine/consensus/bulk_sender.hpp"
#include "engine/consensus/cluster_fault_tolerance.hpp"
#include "engine/consensus/group_hearing.hpp"
#include "engine/consensus/snapshots.hpp"
#include "engine/node/block.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

class MasterConsensus {
 public:
  MasterConsensus(ReplicaState& state, Applier& applier, BulkSender& bulk, Snapshots& snapshots,
                  GroupHearing& hearing, ClusterFaultTolerance& cft)
      : s_(state),
        applier_(applier),
        bulk_(bulk),
        snapshots_(snapshots),
        hearing_(hearing),
        cft_(cft) {}

  void begin();  // won: the NOOP of this term (R5), with what the service proposes behind it
  void end();    // no longer the master

  LogIndex propose(Bytes operation);  // encoded
  // R20: members change one by one: each change waits for the commit of the one before, and of a
  // block of this term. A change of the in-sync set alone moves no quorum and waits for neither,
  // because it frees the blocks that a dead member holds back.
  bool may_change_members() const;
  bool propose_config(Config config);  // false: not now
  void end_of_step();                  // closes the open block when the pipeline is idle
  void close_block();
  void close_timer();  // Timer::block_close
  void resend_timer();
  void on_ready(MemberId from, bool news);  // its acknowledgement was taken in
  void own_disk();                          // own blocks have become durable
  void on_fetch(MemberId from, const wire::Fetch& m);
  void after_apply();  // of a part that a step of its own was made for

  LogIndex noop() const { return noop_; }
  bool serving() const { return serving_; }
  bool may_answer() const;       // R5, R9, and the lease
  bool takes_requests() const {  // and no hand-over is under way
    return may_answer() && !draining_;
  }
  void serve();  // after anything that may have made may_answer() true
  void send_keep_alive();
  // Answers the waiting requests that can be answered now: in slices, one a step, the oldest first.
  void answer_waiting();
  void answer_timer();  // the next slice
  bool idle() const;    // nothing uncommitted
  bool committed_own_term() const;

  // R9: drain, commit, answer, then send HANDOVER until a higher term is seen. False: this is not
  // the master, or no member can take over. Only a slave whose syncs take at most `slowest_disk`
  // can.
  bool hand_over(Duration slowest_disk = Duration::max());
  bool hand_over_to_who_hears();  // R27: the same, but only to one that is not deaf
  bool hand_over_timer();         // true: the mastership is over
  bool draining() const { return draining_; }
  bool retired() const { return retired_; }

 private:
  void send_block(const Block& block);
  void send_window();
  // R13: the line has as much as it carries within half a promise.
  bool is_careful() const;
  bool line_is_full() const;
  void send_missing(MemberId to);
  void update_commit();
  LogIndex quorum_match() const;
  void after_commit();
  void now_serving();
  bool begin_hand_over(Duration slowest_disk, bool to_who_hears);
  void try_hand_over();
  bool could_succeed(MemberId id) const;  // it is alive, and good enough
  Duration resend_delay() const;

  ReplicaState& s_;
  Applier& applier_;
  BulkSender& bulk_;
  Snapshots& snapshots_;
  GroupHearing& hearing_;
  ClusterFaultTolerance& cft_;
  LogIndex noop_;
  bool serving_ = false;
  std::vector<std::uint8_t> open_;  // operations of the open block
  LogIndex sent_;                   // blocks up to here were sent
  Duration resend_backoff_{};
  unsigned in_vain_ = 0;  // masterships in a row that ended before their NOOP was committed
  Time in_vain_until_{Time::min()};
  bool draining_ = false, retired_ = false;
  Duration slowest_disk_{};  // of a successor
  bool to_who_hears_ = false;
  MemberId successor_;
  Time retired_until_{};
};

}  // namespace swarm
