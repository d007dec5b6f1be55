// What a service may ask of the consensus, within a step. Valid in every role; propose() is the
// master's.
#pragma once

#include <memory>

#include "engine/base/clock.hpp"
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
  virtual std::uint64_t draw() = 0;  // the next number of this process's chance
  // Something large that is needed no more: it is freed away from the network.
  virtual void discard(std::shared_ptr<const void> what) = 0;

  // R18: what arrives now came here at this time or later. It is now(), but for a moment after this
  // process stood still: what the other members did meanwhile it may hear first.
  virtual Time earliest_arrival() const = 0;

  virtual BootId boot() const = 0;
  virtual Term term() const = 0;
  virtual bool is_member() const = 0;
  virtual bool is_master() const = 0;
  virtual MemberId master() const = 0;       // followed, or self; zero: none known
  virtual SwarmTime swarm_time() const = 0;  // R14
  virtual LogIndex applied() const = 0;      // of whole blocks
  // In force: the last one of the log, and whether it is committed.
  virtual const Config& config() const = 0;
  virtual bool config_is_committed() const = 0;

  virtual bool may_answer() const = 0;      // R5, R9, and the lease, now
  virtual bool takes_requests() const = 0;  // and no hand-over is under way
  virtual bool draining() const = 0;        // a hand-over is under way
  virtual Time lease_until() const = 0;
  // R25: until then the master that is followed is the only one, by this replica's promise. The
  // past: no such promise is in force.
  virtual Time follows_until() const = 0;

  // Puts an encoded operation into the log, at most Block::most bytes. The index of the block that
  // it will be in.
  virtual LogIndex propose(Bytes operation) = 0;
  virtual bool may_change_config() const = 0;
  virtual bool propose_config(Config config) = 0;  // R20, R26; false: not now
  virtual void send(MemberId to, const wire::Body& message) = 0;
  // Nothing that was asked here alone is open any more: Service::pending() is zero.
  virtual void none_pending() = 0;
};

}  // namespace swarm
