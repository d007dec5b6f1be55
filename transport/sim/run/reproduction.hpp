// The command that shows a failure again. It writes beside the result that it came from, not over
// it.
#pragma once

#include <string>

#include "transport/sim/run/campaign.hpp"

namespace swarm::sim {

// Of one run.
std::string reproduction(const Scenario& scenario, const Campaign& campaign, std::uint64_t seed);
// Of the first failure: of a run, of the slowest run when a percentile over all did not hold, of
// all runs when something never happened. Empty: there is none.
std::string reproduction(const Scenario& scenario, const Campaign& campaign);

}  // namespace swarm::sim
