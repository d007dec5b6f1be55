// The interface that the consensus offers to a service. A service may use it in every role, but
// only within a step. Only a master may call propose().
#pragma once

#include <memory>

#include "engine/base/clock.hpp"
#include "engine/base/secrets.hpp"
#include "engine/node/block.hpp"
#include "engine/node/events.hpp"
#include "engine/node/outbox.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

class Mastership {
 public:
  virtual ~Mastership() = default;

  // The step.
  virtual Time now() const = 0;
  virtual Outbox& out() const = 0;
  // The next number of this process that nobody outside of it can guess.
  virtual std::uint64_t draw(SecretPurpose purpose) = 0;
  // Frees a large object that is no longer needed. A thread other than the network's does the work.
  virtual void discard(std::shared_ptr<const void> what) = 0;

  // R18: the earliest time at which a datagram that is read now can have arrived. Normally this is
  // now(). Shortly after a standstill of this process it is the time when the standstill began,
  // because a client's datagram may have waited in its socket since then.
  virtual Time earliest_arrival() const = 0;

  virtual BootId boot() const = 0;
  virtual Term term() const = 0;
  virtual bool is_member() const = 0;
  virtual bool is_master() const = 0;
  // The master that this replica follows, or the replica itself. Zero if none is known.
  virtual MemberId master() const = 0;
  virtual SwarmTime swarm_time() const = 0;  // R14
  virtual LogIndex applied() const = 0;      // the last block that was applied completely
  // The CONFIG in force is the last one in the log, committed or not.
  virtual const Config& config() const = 0;
  virtual bool config_is_committed() const = 0;

  virtual bool may_answer() const = 0;      // R5, R9 and the lease allow an answer now
  virtual bool takes_requests() const = 0;  // may_answer(), and no hand-over is in progress
  virtual bool draining() const = 0;        // a hand-over is under way
  virtual Time lease_until() const = 0;
  // R25: the time at which this replica's promise to its master ends. A time in the past means that
  // no promise is in force.
  virtual Time follows_until() const = 0;

  // Appends an encoded operation of at most Block::most bytes to the log. Returns the index of its
  // block.
  virtual LogIndex propose(Bytes operation) = 0;
  virtual bool may_change_config() const = 0;
  virtual bool propose_config(Config config) = 0;  // R20, R26; false: not now
  virtual void send(MemberId to, const wire::Body& message) = 0;
  // The service calls this when Service::pending() has become zero: none of the requests that only
  // this tracker received waits for the master any more.
  virtual void none_pending() = 0;
};

}  // namespace swarm
