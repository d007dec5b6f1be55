// Master Consensus System (seed table 1): coordinates the replication of the database. Prepare,
// ready, commit: blocks are sent while they are synced here, many in flight (window); a block is
// committed when a quorum has it durable (R13); planned hand-over (R9).
#pragma once

#include "engine/tracker/answering/peer_info_sender.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

struct Parts;

class MasterConsensus final : public Proposer {
 public:
  explicit MasterConsensus(Parts& parts) : p_(parts) {}

  void begin();  // won: the NOOP of this term (R5), with the kept requests' changes behind it
  void end();    // no longer the master

  LogIndex propose(const Operation& operation) override;
  // R20: members change one by one, each after the commit of the one before and of the own term.
  // The in-sync set moves no quorum and waits for neither: it frees what a dead member holds back.
  bool may_change_members() const;
  bool propose_config(Config config);  // false: not now
  void end_of_step();                  // closes the open block when the pipeline is idle
  void close_block();
  void close_timer();  // Timer::block_close
  void resend_timer();
  void on_ready(MemberId from, bool news);  // its acknowledgement was taken in
  void own_disk();                          // own blocks have become durable
  void on_fetch(MemberId from, const wire::Fetch& m);
  // For who was away. Returns the bytes of its body; 0: the log does not have it any more.
  std::size_t send_old_block(MemberId to, LogIndex index);
  void after_commit();
  void after_apply();  // of a part that a step of its own was made for

  LogIndex noop() const { return noop_; }
  bool serving() const { return serving_; }
  void now_serving();
  void kept_one();  // a request came that cannot be answered now
  // What waits and can be answered now is: in slices, each of a step, the oldest first.
  void answer_waiting();
  void answer_timer();  // the next slice
  bool idle() const;    // nothing uncommitted
  bool committed_own_term() const;

  // R9. Drain, commit, answer, then HANDOVER until another term is seen. False: not the master, or
  // nobody to hand over to. `slowest_disk`: only to who acknowledges that its syncs take no longer.
  bool hand_over(Duration slowest_disk = Duration::max());
  bool hand_over_to_who_hears();  // R27: the same, but only to one that is not deaf
  void hand_over_timer();
  bool draining() const { return draining_; }
  bool retired() const { return retired_; }
  Duration oldest_unanswered() const;

 private:
  bool answer_slice();  // true: there is more
  void send_block(const Block& block);
  void send_window();
  // R13: the line has as much as it carries within half a promise.
  bool is_careful() const;
  bool line_is_full() const;
  void send_missing(MemberId to);
  void update_commit();
  LogIndex quorum_match() const;
  bool begin_hand_over(Duration slowest_disk, bool to_who_hears);
  void try_hand_over();
  bool could_succeed(MemberId id) const;  // it is alive, and good enough
  Duration resend_delay() const;

  Parts& p_;
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
  Time unserved_since_ = never;  // requests were kept from here on
  MemberId successor_;
  Time retired_until_{};
};

}  // namespace swarm
