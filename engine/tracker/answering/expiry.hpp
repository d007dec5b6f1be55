// Expiry (R17) is the master's decision. If the master has not heard a peer for a lifetime, it
// removes the peer with all its contents. It also removes a single registration that was not
// announced for a lifetime. All members apply a block at the same moment, so a large block would
// delay all of them. Therefore expiry goes in steps, and each step removes a limited number of
// registrations. A few steps are under way at a time, so that the disks and the network do not wait
// for each other. New registrations wait for no more than these steps. When half of the steps are
// committed, the master proposes as many new steps together, so that they share transactions.
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

  // The most registrations that one step of expiry removes. If the tracker's step has much other
  // work, the limit is lower, but at least least_at_once. The sweep may add some (ExpirySweep).
  static constexpr std::size_t at_once = 256, least_at_once = 64;
  static constexpr std::size_t steps_under_way = 4;
  // The most contents with which a peer is removed as a whole. A peer with more contents first
  // loses single contents.
  static constexpr std::size_t most_of_peer = 64;

  // When the next step is due. `never`: too many steps are under way, or no peer is registered.
  Time next(Duration lifetime) const;
  // Proposes removals to `log`, and emits an event for each. Does nothing before next().
  void step(Time now, Duration lifetime, Proposer& log, Outbox& out);
  void committed(LogIndex block);  // the blocks up to `block` are committed and applied
  // Call it when a mastership begins or ends: the steps of an earlier mastership no longer count.
  void forget_uncommitted() {
    under_way_.clear();
    waits_ = false;
  }
  void all_heard(Time at);  // every peer and registration gets a full lifetime from `at` on

 private:
  void expire_peers(Time now, Duration lifetime, std::size_t room, Proposer& log, Outbox& out);
  std::size_t shrink(const Endpoint& peer, std::size_t changing, std::size_t most, Proposer& log,
                     Outbox& out);
  void expire_family(std::span<const Endpoint> peers, std::size_t most, Proposer& log, Outbox& out);
  bool expire_one(const RegistrationKey& key, Proposer& log, Outbox& out);

  SwarmTable& table_;
  Registrar& registrar_;
  ExpirySweep sweep_;
  LogIndex proposed_;               // the last block of the step that is being proposed; zero: none
  std::deque<LogIndex> under_way_;  // the last block of each step
  bool waits_ = false;  // steps_under_way was reached, and more than half are still under way
  std::vector<Endpoint> due_, leaving_;
  std::vector<RegistrationKey> going_;
};

}  // namespace swarm
