// The state that the components of a replica share, and the few functions that change it
// consistently. It depends on no component.
#pragma once

#include <utility>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/base/timers.hpp"
#include "engine/consensus/ballot_box.hpp"
#include "engine/consensus/disk_watch.hpp"
#include "engine/consensus/log.hpp"
#include "engine/consensus/member_states.hpp"
#include "engine/consensus/settings.hpp"
#include "engine/consensus/state_machine.hpp"
#include "engine/consensus/swarm_clock.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

enum class Timer {
  keep_alive,     // master: the next KA
  status,         // everyone: STATUS to all, and a look at the members
  suspect,        // slave: the promise to the master has run out
  stand,          // slave: the delay of its rank is over, stand for election
  vote_retry,     // candidate: ask again
  block_close,    // master: the open block is sent
  resend,         // master: blocks that voters have not acknowledged
  bulk,           // master: chunks and old blocks that wait for their turn
  fetch,          // slave: fetch the missing blocks of a gap
  snapshot_pull,  // slave: request missing chunks again
  snapshot_load,  // slave: load more of a pulled snapshot; everyone: delete leftover rows
  snapshot_make,  // master: the next rows of one that is being made
  hand_over,      // master: the successor has not answered
  disk_watch,     // everyone: a sync is pending for too long
  write_rows,     // everyone: rows follow the log
  hello,          // stranger: say HELLO, GENESIS or JOIN
  leave,          // a member that leaves for good: hand over, or ask to be removed
  apply,          // everyone: apply committed blocks that did not fit into one step
  found,          // everyone: the state machine looks at more of the log of the start
  answer,         // master: answer more of the waiting requests; else: give them back
  count
};

struct ReplicaState {
  ReplicaState(GroupId its_group, ConsensusSettings all_settings, const Random& chance,
               BootId process, const BallotBox& identity, const db::TrackerImage& image,
               StateMachine& state_machine, Service& service_of_it);

  // Identity and standing
  GroupId group;
  ConsensusSettings settings;
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
  LogIndex commit, applied;  // of the state in memory
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
  // Swarm time (R14). A leap of it shows that this process and its clock stood still.
  void learn_swarm_time(SwarmTime stamp);  // from a block: never moves back
  void follow_swarm_time(SwarmTime time);  // from the master: moves back where its clock is slower
  // R18: a datagram that is read now arrived at this time or later. Normally this is `now`; shortly
  // after a pause of this process it is the begin of the pause.
  Time earliest_arrival() const { return now < late_until_ ? still_since_ : now; }

  void become(Role role);
  void become_member(ClusterId cluster, MemberId member);

 private:
  void leapt(SwarmTime before);
  void stood_still(Time since);

  Time late_until_ = Time::min(), still_since_{};
  bool knows_swarm_time_ = false;  // this process has received swarm time from a member
  Duration ahead_{};  // of swarm time before this clock, by its leaps, less what drift explains
  std::vector<std::uint8_t> buffer_;
};

}  // namespace swarm
