// Finds registrations that expire although their peers still announce other contents (R17). Such a
// peer has left the content, and its *stopped* was lost. A registration does not store the time of
// its last announce. Instead the master sweeps through all registrations, a few rows at a time. A
// registration that was not announced between two sweeps has missed a sweep. The master counts the
// missed sweeps of each registration since its last announce.
#pragma once

#include <vector>

#include "engine/base/clock.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

class ExpirySweep {
 public:
  // A sweep begins lifetime / sweeps_per_lifetime after the end of the last sweep. So the first and
  // the last of most_missed sweeps that a registration misses are at least a lifetime apart.
  static constexpr int sweeps_per_lifetime = 4;
  static constexpr unsigned most_missed = sweeps_per_lifetime + 1;

  Time next(Duration lifetime) const;
  // Does one step; call it at next() or later. Appends the registrations that were not announced
  // for a lifetime. Returns the work of the step, in units of Outbox::worked().
  std::size_t step(Time now, SwarmTable& table, std::vector<RegistrationKey>& absent);
  // Counts all registrations as announced at `at`: the next sweep only resets their counts.
  void excuse(Time at);

 private:
  Time last_;              // the time of the last step
  std::uint32_t row_ = 0;  // where the next step begins; zero: a new sweep begins
  bool excusing_ = false;
};

}  // namespace swarm
