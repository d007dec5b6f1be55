// The state that the components of a replica share, and the few functions that change several parts
// of this state together. ReplicaState uses no component.
#pragma once

#include <utility>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/base/secrets.hpp"
#include "engine/base/timers.hpp"
#include "engine/consensus/ballot_box.hpp"
#include "engine/consensus/disk_watch.hpp"
#include "engine/consensus/log.hpp"
#include "engine/consensus/member_states.hpp"
#include "engine/consensus/settings.hpp"
#include "engine/consensus/state_machine.hpp"
#include "engine/consensus/swarm_clock.hpp"
#include "engine/links/links.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

enum class Timer {
  keep_alive,     // master: send the next KA
  status,         // everyone: send STATUS to all, and review the members
  suspect,        // slave: suspect the master, because the promise to it has run out
  stand,          // slave: stand for election, because the delay of its rank is over
  vote_retry,     // candidate: ask for votes or pre-votes again
  block_close,    // master: close the open block
  resend,         // master: send blocks again that voters have not acknowledged
  bulk,           // master: send chunks and old blocks that wait for their turn
  fetch,          // slave: fetch the missing blocks of a gap
  snapshot_pull,  // slave: request missing chunks again
  snapshot_load,  // slave: load more of a pulled snapshot; everyone: delete leftover rows
  snapshot_make,  // master: make more of a snapshot
  hand_over,      // master: give up a hand-over that takes too long, or send HANDOVER again
  disk_watch,     // everyone: look whether a sync takes too long
  write_rows,     // everyone: write the next applied rows to the disk
  hello,          // stranger: say HELLO, GENESIS or JOIN
  leave,          // a member that leaves for good or stops: try again
  apply,          // everyone: apply committed blocks that did not fit into one step
  found,          // everyone: show the state machine more of the log that was found at the start
  answer,         // master: answer more waiting requests; others: give waiting requests back
  count
};

struct ReplicaState {
  ReplicaState(GroupId its_group, ConsensusSettings all_settings, const StartDraw& draw,
               BootId process, const BallotBox& identity, const db::TrackerImage& image,
               Links& links_of_process, StateMachine& state_machine, Service& service_of_it);

  // Identity and standing
  GroupId group;
  ConsensusSettings settings;
  Random random;    // of chances
  Secrets secrets;  // of ids, keys and nonces
  BootId boot;
  Links& links;
  BallotBox ballot;
  Role role = Role::stranger;
  MemberId master;                 // the master that it follows, or itself; zero if it knows none
  Time muted_until = Time::min();  // R10: before this time it neither votes nor stands for election
  bool stopping = false;
  Time started{};
  // The replicated state
  Log log;
  LogIndex commit, applied;  // applied: the last block that is completely in the state in memory
  SwarmClock clock;
  StateMachine& machine;
  Service& service;

  MemberStates members;
  DiskWatch disks;

  // The step
  Time now = Time::min();
  Outbox* out = nullptr;
  Timers<Timer> timers;

  Term term() const { return ballot.current().term; }
  MemberId self() const { return ballot.current().member; }
  StoreId store() const { return ballot.current().store; }
  const Config& config() const { return log.config(); }
  SwarmTime swarm_time() const { return clock.at(now); }
  bool is_voter() const;
  bool is_member() const { return role != Role::stranger && role != Role::removed; }
  bool is_master() const { return role == Role::master; }
  bool muted() const { return now < muted_until; }

  void event(Event e) { out->event(std::move(e)); }
  void send(MemberId to, const wire::Body& body);
  void send_to(const Endpoint& address, MemberId to, const wire::Body& body);
  void broadcast(const wire::Body& body);  // to every other member

  void begin_step(Time at);
  // Swarm time (R14). If it leaps forward, this process and its clock stood still.
  void learn_swarm_time(SwarmTime stamp);  // From a block. Never moves swarm time back.
  // From the master. Also moves swarm time back, if the master's clock is slower than this one.
  void follow_swarm_time(SwarmTime time);
  // R18: the earliest time at which a datagram that is read now can have arrived. Normally this is
  // `now`. Shortly after a standstill of this process it is the time when the standstill began.
  Time earliest_arrival() const { return now < late_until_ ? still_since_ : now; }

  void become(Role role);
  void become_member(ClusterId cluster, MemberId member);

 private:
  void leapt(SwarmTime before);
  void stood_still(Time since);
  wire::Header header(MemberId to) const;

  Time late_until_ = Time::min(), still_since_{};
  bool knows_swarm_time_ = false;  // this process has received swarm time from a master
  // How far swarm time has leapt ahead of this process's clock, less the part that clock drift
  // explains.
  Duration ahead_{};
  std::vector<Endpoint> addresses_;  // of a broadcast
};

}  // namespace swarm
