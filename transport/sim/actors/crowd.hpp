// Hosts of one kind that are no trackers, as a run sees them.
#pragma once

#include "engine/node/events.hpp"
#include "transport/sim/world/world.hpp"

namespace swarm::sim {

class Crowd : public Boot {
 public:
  virtual bool has(HostId host) const = 0;
  // What trackers know it by.
  virtual Endpoint endpoint(HostId host) const = 0;
  // Enters arrivals and lives into the world's future; once, before the run.
  virtual void schedule() = 0;
  // What a node of it says, within its step.
  virtual void event(HostId, const swarm::Event&) {}
  // How long a request of it waits is what the expectations on answers are about.
  virtual bool waits_are_judged() const { return true; }
};

}  // namespace swarm::sim
