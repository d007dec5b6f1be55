// A member that leaves its swarm for good (Tracker::leave), or stops. A leaving master first hands
// over. Then the leaving member asks the new master to remove it from the CONFIG, again and again
// until it learns that it was removed (R20). A tracker that leaves or stops first waits, for one
// promise at most, until a master has answered the requests that only this tracker received (R23).
// A tracker that stops does not stand for election.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/consensus/master_election.hpp"
#include "engine/consensus/membership.hpp"

namespace swarm {

class Departure {
 public:
  Departure(ReplicaState& state, ClusterFaultTolerance& cft, MasterConsensus& master,
            Membership& membership, MasterElection& election)
      : s_(state), cft_(cft), master_(master), membership_(membership), election_(election) {}

  // Begins to leave. False: the member is stopping, or is the only voter, which cannot leave.
  bool begin();
  bool under_way() const { return under_way_; }
  void stop();           // Tracker::stop, except for a master that can hand over
  void followed();       // this tracker follows a new master
  void master_silent();  // the master has fallen silent while this tracker stops
  void answered();       // no request waits for the master any more
  void timer();          // handles Timer::leave
  void won();            // this member was elected although it leaves; it hands over after a second
  // The time from which a leaving member may stand for election: a second after its last promise,
  // so that other members stand first. It must be able to stand, because its log may be the only
  // one left that has all that is committed.
  Time may_stand_from() const;

 private:
  ReplicaState& s_;
  ClusterFaultTolerance& cft_;
  MasterConsensus& master_;
  Membership& membership_;
  MasterElection& election_;
  bool under_way_ = false;
  Time answers_until_{};  // the end of its wait for the master's answers
};

}  // namespace swarm
