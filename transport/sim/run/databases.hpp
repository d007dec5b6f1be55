// Whether the databases of a cluster are equal, in memory and on disk.
#pragma once

#include <cstdint>
#include <vector>

#include "transport/sim/actors/cluster.hpp"

namespace swarm::sim {

// The trackers that are up and belong to the swarm, from 1.
std::vector<std::uint32_t> members_of(Cluster& cluster);

// Of all of them, up to the last block; false while one of them still follows.
bool databases_equal(Cluster& cluster);

}  // namespace swarm::sim
