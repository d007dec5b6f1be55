// Checks what must hold for the hosts of one crowd, at each of their steps. It throws CheckFailed
// if a property does not hold.
#pragma once

#include <cstdint>

#include "engine/node/outbox.hpp"
#include "engine/tracker/table/swarm_table.hpp"
#include "transport/sim/world/host.hpp"

namespace swarm::sim {

class Checker {
 public:
  virtual ~Checker() = default;
  // A host of the crowd is about to receive this datagram.
  virtual void receiving(HostId, const Arrival&, Bytes) {}
  // A host of the crowd has made a step. `start`: how many times the host has been started so far.
  virtual void stepped(HostId host, std::uint32_t start, const Outbox& out) = 0;
  // A tracker (numbered from 1) has made a step. The table is that of this tracker after the step.
  virtual void tracker_stepped(std::uint32_t, const SwarmTable&, const Outbox&) {}
  virtual void finish() const {}  // called at the end of a run in which nothing failed
};

}  // namespace swarm::sim
