// The interface between a run and a set of hosts that are not trackers.
#pragma once

#include "engine/node/events.hpp"
#include "transport/sim/world/world.hpp"

namespace swarm::sim {

class Crowd : public Boot {
 public:
  virtual bool has(HostId host) const = 0;
  // The endpoint under which trackers know the host.
  virtual Endpoint endpoint(HostId host) const = 0;
  // Schedules the arrivals and lives of its hosts in the world. Called once, before the run.
  virtual void schedule() = 0;
  // Called within a step of one of the crowd's nodes, for each event of that step.
  virtual void event(HostId, const swarm::Event&) {}
  // True if the expectations on answers judge how long requests of this crowd wait.
  virtual bool waits_are_judged() const { return true; }
};

}  // namespace swarm::sim
