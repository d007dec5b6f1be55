// Expiry of a registration whose peer is still heard for other contents (R17): the peer has left
// this content, and its *stopped* was lost. A registration has no time of its own. The master calls
// the roll, a few rows at a time, and counts how many calls in a row each registration misses.
#pragma once

#include <vector>

#include "engine/base/clock.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

class RollCall {
 public:
  // A call begins this part of a lifetime after the one before it has ended: so between the first
  // and the last of so many missed calls there is a lifetime at least.
  static constexpr int calls_per_lifetime = 4;
  static constexpr unsigned most_missed = calls_per_lifetime + 1;

  Time next(Duration lifetime) const;
  // One step, at next() or later. Appends those that were not announced for a lifetime. Returns how
  // much there was to do (Outbox::worked).
  std::size_t step(Time now, SwarmTable& table, std::vector<RegistrationKey>& absent);
  // As if all registrations were announced then: the call that comes after it only excuses them.
  void excuse(Time at);

 private:
  Time last_;              // step
  std::uint32_t row_ = 0;  // to go on from; zero: a call begins
  bool excusing_ = false;
};

}  // namespace swarm
