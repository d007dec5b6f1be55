// Expiry (R17) is the master's decision. The master removes a peer that it has not heard for a
// lifetime, with all its contents. It also removes a single registration that was not announced for
// a lifetime. All members apply a block at the same moment, so expiry goes in bounded steps: no
// block removes more than one step names. A few steps are under way at a time, so that disks and
// network do not wait for each other. New registrations wait behind no more than these steps. When
// half of the steps are committed, as many new steps follow together, so that they share
// transactions.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "engine/node/outbox.hpp"
#include "engine/tracker/answering/expiry_sweep.hpp"
#include "engine/tracker/answering/proposer.hpp"
#include "engine/tracker/answering/registrar.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

class Expiry {
 public:
  // `table` and `registrar` must outlive this object.
  Expiry(SwarmTable& table, Registrar& registrar) : table_(table), registrar_(registrar) {}

  // Registrations that one step removes. A step with much other work removes fewer, but at least
  // least_at_once. The sweep may add some (ExpirySweep).
  static constexpr std::size_t at_once = 256, least_at_once = 64;
  static constexpr std::size_t steps_under_way = 4;
  // A peer with more contents first loses single contents, until it has no more than this.
  static constexpr std::size_t most_of_peer = 64;

  // When the next step is due. `never`: too many steps are under way, or no peer is registered.
  Time next(Duration lifetime) const;
  // Does nothing before next(). Proposes the removals to `log`, and reports them by events.
  void step(Time now, Duration lifetime, Proposer& log, Outbox& out);
  void committed(LogIndex block);  // `block` is committed and applied
  // A mastership begins or ends: no step of another mastership is under way.
  void forget_uncommitted() {
    under_way_.clear();
    waits_ = false;
  }
  void all_heard(Time at);  // gives every peer and registration grace from `at` on

 private:
  void expire_peers(Time now, Duration lifetime, std::size_t room, Proposer& log, Outbox& out);
  std::size_t shrink(const Endpoint& peer, std::size_t changing, std::size_t most, Proposer& log,
                     Outbox& out);
  void expire_family(std::span<const Endpoint> peers, std::size_t most, Proposer& log, Outbox& out);
  bool expire_one(const RegistrationKey& key, Proposer& log, Outbox& out);

  SwarmTable& table_;
  Registrar& registrar_;
  ExpirySweep sweep_;
  LogIndex proposed_;               // the last block of the present step; zero: none
  std::deque<LogIndex> under_way_;  // the last block of each step
  bool waits_ = false;  // steps_under_way was reached, and more than half are still under way
  std::vector<Endpoint> due_, leaving_;
  std::vector<RegistrationKey> going_;
};

}  // namespace swarm
