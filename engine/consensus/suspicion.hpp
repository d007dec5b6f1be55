// Starts an election when the master is silent or its death certificate arrives (seed table 1: the
// Cluster Fault Tolerance System's notice to the Master Election System).
#pragma once

#include "engine/consensus/departure.hpp"

namespace swarm {

class Suspicion {
 public:
  Suspicion(ReplicaState& state, ClusterFaultTolerance& cft, MasterElection& election,
            Departure& departure)
      : s_(state), cft_(cft), election_(election), departure_(departure) {}

  void silence();  // Timer::suspect
  void on_dead(const wire::Dead& dead);

 private:
  ReplicaState& s_;
  ClusterFaultTolerance& cft_;
  MasterElection& election_;
  Departure& departure_;
  BootId certified_;  // the process of the last death certificate that was handled
};

}  // namespace swarm
