// A member leaves its swarm for good (Tracker::leave). It hands the mastership over, then asks to
// be removed from the CONFIG until it hears that it was. A tracker that leaves or stops first
// waits, for one promise at most, until a master has answered the requests that only this tracker
// received (R23). A tracker that stops does not stand for election.
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

  bool begin();  // false: it is the only voter
  bool under_way() const { return under_way_; }
  void stop();           // Tracker::stop; there is nothing to hand over
  void followed();       // there is a new master
  void master_silent();  // the master is silent while this tracker stops
  void answered();       // no request waits for the master any more
  void timer();          // Timer::leave
  void won();            // it was elected although it leaves: it hands over after a second
  // It stands for election only when no other member did for a second after its last promise. It
  // must be able to: its log may be the only one left that has all that is committed.
  Time may_stand_from() const;

 private:
  ReplicaState& s_;
  ClusterFaultTolerance& cft_;
  MasterConsensus& master_;
  Membership& membership_;
  MasterElection& election_;
  bool under_way_ = false;
  Time answers_until_{};  // it waits for the master's answers until then
};

}  // namespace swarm
