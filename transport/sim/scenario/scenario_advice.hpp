// What a scenario says that is possible and hardly meant.
#pragma once

#include <string>
#include <vector>

#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

// Sentences: which settings of the trackers are too short for the network and the disks that the
// run begins with, and what they would have to be.
std::vector<std::string> advice(const Scenario& scenario);

}  // namespace swarm::sim
