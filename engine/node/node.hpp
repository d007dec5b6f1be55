// A node is a state machine with an outbox. It reads no clock, opens no socket and starts no
// thread. After each call the node's host carries out the entries of the outbox in their order, and
// calls next_wake() again.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/node/outbox.hpp"

namespace swarm {

class Node {
 public:
  virtual ~Node() = default;
  // Called once, before any other call. `now` never goes back from one call to the next.
  virtual void start(Time now, Outbox& out) = 0;
  virtual void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) = 0;
  virtual void wake(Time now, Outbox& out) = 0;  // does nothing if no timer is due
  virtual Time next_wake() const = 0;            // `never` if no timer is set
  // The write of this ticket is durable, and so are all earlier writes of the same group and disk.
  virtual void persisted(Time now, Ticket ticket, Outbox& out) = 0;
  // The host's clock went back by `by`. `now` continues from its last value. How much time has
  // really gone by is unknown. The host notices this at the beginning of a step, and makes this
  // call before anything else in that step.
  virtual void clock_went_back(Time now, Duration by, Outbox& out) {
    (void)now, (void)by, (void)out;
  }
  // The store of a peer reports the outcome of a request.
  virtual void stored(Time now, const StoreReport& report, Outbox& out) {
    (void)now, (void)report, (void)out;
  }
};

}  // namespace swarm
