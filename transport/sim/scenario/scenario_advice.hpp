// Advice on settings of a scenario that are allowed but probably not meant.
#pragma once

#include <string>
#include <vector>

#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

// Returns sentences. Each names a setting of the trackers that is too short for the network with
// which the run begins, and says how long it would have to be.
std::vector<std::string> advice(const Scenario& scenario);

}  // namespace swarm::sim
