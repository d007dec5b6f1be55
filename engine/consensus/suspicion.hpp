// Starts an election when the master is silent, or when its death certificate comes. By this class
// the Cluster Fault Tolerance System notifies the Master Election System (seed table 1).
#pragma once

#include "engine/consensus/departure.hpp"

namespace swarm {

class Suspicion {
 public:
  Suspicion(ReplicaState& state, ClusterFaultTolerance& cft, MasterElection& election,
            Departure& departure)
      : s_(state), cft_(cft), election_(election), departure_(departure) {}

  void silence();  // handles Timer::suspect
  void on_dead(const wire::Dead& dead);

 private:
  ReplicaState& s_;
  ClusterFaultTolerance& cft_;
  MasterElection& election_;
  Departure& departure_;
  BootId certified_;  // the process of the last death certificate that was handled
};

}  // namespace swarm
