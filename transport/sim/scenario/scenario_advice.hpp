// Advice on settings of a scenario that are allowed but probably not meant.
#pragma once

#include <string>
#include <vector>

#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

// Returns one sentence for each setting of the trackers that is too short for the network at the
// start of the run. The sentence names the setting and says how long it should be.
std::vector<std::string> advice(const Scenario& scenario);

}  // namespace swarm::sim
