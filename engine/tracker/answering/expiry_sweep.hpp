// Expiry of a registration whose peer is still heard for other contents (R17): the peer has left
// this content, and its *stopped* was lost. A registration has no time of its own. The master
// sweeps through all of them, a few rows at a time, and counts how many sweeps in a row each one
// misses.
#pragma once

#include <vector>

#include "engine/base/clock.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

class ExpirySweep {
 public:
  // A sweep begins this share of a lifetime after the one before it has ended: so between the first
  // and the last of so many missed sweeps there is a lifetime at least.
  static constexpr int sweeps_per_lifetime = 4;
  static constexpr unsigned most_missed = sweeps_per_lifetime + 1;

  Time next(Duration lifetime) const;
  // One step, at next() or later. Appends those that were not announced for a lifetime. Returns how
  // much there was to do (Outbox::worked).
  std::size_t step(Time now, SwarmTable& table, std::vector<RegistrationKey>& absent);
  // As if all registrations were announced then: the sweep that comes after it only excuses them.
  void excuse(Time at);

 private:
  Time last_;              // step
  std::uint32_t row_ = 0;  // to go on from; zero: a sweep begins
  bool excusing_ = false;
};

}  // namespace swarm
