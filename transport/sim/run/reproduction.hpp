// The command that shows a failure again. It writes its results beside those of the campaign, and
// does not overwrite them.
#pragma once

#include <string>

#include "transport/sim/run/campaign.hpp"

namespace swarm::sim {

// For one run.
std::string reproduction(const Scenario& scenario, const Campaign& campaign, std::uint64_t seed);
// For the first failure. That is the first run that failed; else the slowest run, if a percentile
// over all runs did not hold; else all runs, if something never happened. Empty if nothing failed.
std::string reproduction(const Scenario& scenario, const Campaign& campaign);

}  // namespace swarm::sim
