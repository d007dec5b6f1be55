// A member leaves its swarm for good (Tracker::leave): it gives the mastership away, then asks to
// be taken out of the CONFIG until it is told that it has been. Neither then nor when it stops does
// it go before a master has answered what this tracker alone was asked, within a promise (R23); who
// stops leaves becoming that master to the others.
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
  void master_silent();  // while it stops
  void answered();       // nothing waits for the master any more
  void timer();          // Timer::leave
  void won();            // an election all the same: others that leave come first
  // It stands for election only when nobody else has for a while: its log may be the only one left
  // that has all that is committed. In force: a promise later than that.
  Time may_stand_from() const;

 private:
  ReplicaState& s_;
  ClusterFaultTolerance& cft_;
  MasterConsensus& master_;
  Membership& membership_;
  MasterElection& election_;
  bool under_way_ = false;
  Time answers_until_{};  // it waits for the master's answers
};

}  // namespace swarm
