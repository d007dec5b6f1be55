// Master Consensus System (seed table 1): coordinates the replication of the database by prepare,
// ready and commit. The master sends a block while its own disk still syncs it. Many blocks may be
// in flight (window). A block is committed when a quorum has it durable (R13). This class also
// carries out the planned hand-over (R9).
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

  // After a victory: proposes the NOOP of this term (R5), and lets the service propose operations
  // after it.
  void begin();
  void end();  // called when this member is no longer the master

  // Appends an encoded operation to the open block. Returns the index that the block will have.
  LogIndex propose(Bytes operation);
  // R20: members change one at a time. Each change waits until the change before it and a block of
  // this term are committed. A change of the in-sync set alone moves no quorum. It does not wait,
  // because it releases the blocks whose commit a dead member holds up.
  bool may_change_members() const;
  bool propose_config(Config config);  // false: not now
  void end_of_step();                  // closes the open block when the pipeline is idle
  void close_block();
  void close_timer();  // handles Timer::block_close
  void resend_timer();
  // `from` has acknowledged blocks. `news`: it has more durable blocks than before.
  void on_ready(MemberId from, bool news);
  void own_disk();  // this master's disk has reported a write
  void on_fetch(MemberId from, const wire::Fetch& m);
  void after_apply();  // called when Timer::apply has applied more blocks

  LogIndex noop() const { return noop_; }
  bool serving() const { return serving_; }
  bool may_answer() const;       // R5, R9 and the lease allow an answer now
  bool takes_requests() const {  // may_answer(), and no hand-over is under way
    return may_answer() && !draining_;
  }
  void serve();  // called after every event that may have made may_answer() true
  void send_keep_alive();
  // Answers one slice of the waiting requests that can be answered now, the oldest first. Each
  // later step answers another slice.
  void answer_waiting();
  void answer_timer();  // answers the next slice
  bool idle() const;    // all blocks of the log are committed
  bool committed_own_term() const;

  // R9: takes no more requests, waits until all blocks are committed and all requests are answered,
  // then sends HANDOVER until a higher term is seen. The successor must be a slave whose syncs take
  // at most `slowest_disk`. False: this is not the master, it is the only voter, or no living slave
  // is that fast. Without a `slowest_disk` the hand-over begins even if no slave can take over yet.
  bool hand_over(Duration slowest_disk = Duration::max());
  bool hand_over_to_who_hears();  // R27: the successor must hear the group; false: none does
  bool hand_over_timer();         // true: the mastership is over
  bool draining() const { return draining_; }
  bool retired() const { return retired_; }

 private:
  void send_block(const Block& block);
  void send_window();
  bool is_careful() const;  // R19: true after masterships in vain
  // R13. True: at least two blocks are under way, and acknowledgements are late.
  bool line_is_full() const;
  void send_missing(MemberId to);
  void update_commit();
  LogIndex quorum_match() const;
  void after_commit();
  void now_serving();
  bool begin_hand_over(Duration slowest_disk, bool to_who_hears);
  void try_hand_over();
  bool could_succeed(MemberId id) const;  // the slave is alive, and fits this hand-over
  Duration resend_delay() const;

  ReplicaState& s_;
  Applier& applier_;
  BulkSender& bulk_;
  Snapshots& snapshots_;
  GroupHearing& hearing_;
  ClusterFaultTolerance& cft_;
  LogIndex noop_;
  bool serving_ = false;
  std::vector<std::uint8_t> open_;  // the operations of the open block
  LogIndex sent_;                   // all blocks up to here count as sent; those of former terms do
  Duration resend_backoff_{};
  unsigned in_vain_ = 0;  // masterships in a row that ended before their NOOP was committed
  Time in_vain_until_{Time::min()};
  bool draining_ = false, retired_ = false;
  Duration slowest_disk_{};    // the most that the successor's `sync_age` may be
  bool to_who_hears_ = false;  // the successor must hear the group (R27)
  MemberId successor_;
  Time retired_until_{};
};

}  // namespace swarm
