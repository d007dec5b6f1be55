// Finds registrations that expire although the master still hears their peers for other contents
// (R17). Such a peer has left this content, and its *stopped* was lost. A registration does not
// store when it was last announced. So the master sweeps through all registrations, a few rows at a
// time, and counts for each how many sweeps in a row it has missed.
#pragma once

#include <vector>

#include "engine/base/clock.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

class ExpirySweep {
 public:
  // A sweep begins 1 / sweeps_per_lifetime of a lifetime after the last sweep has ended. So the
  // first and the last of most_missed missed sweeps are at least a lifetime apart.
  static constexpr int sweeps_per_lifetime = 4;
  static constexpr unsigned most_missed = sweeps_per_lifetime + 1;

  Time next(Duration lifetime) const;
  // Does one step; call it at next() or later. Appends the registrations that were not announced
  // for a lifetime. Returns the work that it did, in units of Outbox::worked().
  std::size_t step(Time now, SwarmTable& table, std::vector<RegistrationKey>& absent);
  // Counts all registrations as announced at `at`: the next sweep only resets their counts.
  void excuse(Time at);

 private:
  Time last_;              // the time of the last step
  std::uint32_t row_ = 0;  // where the next step begins; zero: a new sweep begins
  bool excusing_ = false;
};

}  // namespace swarm
