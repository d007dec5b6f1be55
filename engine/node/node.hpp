// A node is a state machine with an outbox: it reads no clock, opens no socket, starts no thread.
// After each call its host carries the outbox out, in its order, and asks next_wake() again.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/node/outbox.hpp"

namespace swarm {

class Node {
 public:
  virtual ~Node() = default;
  // Once, before anything else. `now` never goes back between calls.
  virtual void start(Time now, Outbox& out) = 0;
  virtual void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) = 0;
  virtual void wake(Time now, Outbox& out) = 0;  // does nothing when no timer is due
  virtual Time next_wake() const = 0;            // or `never`
  // The disk reports: this ticket and all before it of the same group and disk are durable.
  virtual void persisted(Time now, Ticket ticket, Outbox& out) = 0;
  // The host's clock went back and continues from its last value, so it is unknown how much time
  // has passed. Called before the step in which the host notices it.
  virtual void clock_went_back(Time now, Duration by, Outbox& out) {
    (void)now, (void)by, (void)out;
  }
  // The store of a peer reports the outcome of a request.
  virtual void stored(Time now, const StoreReport& report, Outbox& out) {
    (void)now, (void)report, (void)out;
  }
};

}  // namespace swarm
