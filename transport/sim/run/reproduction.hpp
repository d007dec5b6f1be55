// Makes the command that reproduces a failure. The command writes its results beside those of the
// campaign, and does not overwrite them.
#pragma once

#include <string>

#include "transport/sim/run/campaign.hpp"

namespace swarm::sim {

// The command for one run.
std::string reproduction(const Scenario& scenario, const Campaign& campaign, std::uint64_t seed);
// The command for the first failure. If a run failed, this is the first such run. Otherwise, if a
// percentile over all runs did not hold, it is the slowest run. Otherwise, if an expected event
// never happened, it is all runs. Empty if nothing failed.
std::string reproduction(const Scenario& scenario, const Campaign& campaign);

}  // namespace swarm::sim
