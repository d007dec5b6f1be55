// What must hold of the hosts of one crowd, looked at with each of their steps. What does not hold
// is thrown as CheckFailed.
#pragma once

#include <cstdint>

#include "engine/node/outbox.hpp"
#include "engine/tracker/table/swarm_table.hpp"
#include "transport/sim/world/host.hpp"

namespace swarm::sim {

class Checker {
 public:
  virtual ~Checker() = default;
  // A host of the crowd is about to receive it.
  virtual void receiving(HostId, const Arrival&, Bytes) {}
  // A host of the crowd has made a step, in its n-th life.
  virtual void stepped(HostId host, std::uint32_t start, const Outbox& out) = 0;
  // A tracker has, and this is its index.
  virtual void tracker_stepped(std::uint32_t, const SwarmTable&, const Outbox&) {}
  virtual void finish() const {}  // at the end of a run in which nothing failed
};

}  // namespace swarm::sim
