// Checks what must hold for the hosts of one crowd, at each of their steps. Throws CheckFailed when
// a property does not hold.
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
  // A host of the crowd has made a step. `start`: how many times the host was started.
  virtual void stepped(HostId host, std::uint32_t start, const Outbox& out) = 0;
  // A tracker (from 1) has made a step. The table is the tracker's after this step.
  virtual void tracker_stepped(std::uint32_t, const SwarmTable&, const Outbox&) {}
  virtual void finish() const {}  // called at the end of a run in which nothing failed
};

}  // namespace swarm::sim
