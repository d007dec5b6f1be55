// Compares the databases of a cluster, in memory and on disk.
#pragma once

#include <cstdint>
#include <vector>

#include "transport/sim/actors/cluster.hpp"

namespace swarm::sim {

// The trackers that are up and belong to the swarm, from 1.
std::vector<std::uint32_t> members_of(Cluster& cluster);

// True if the databases of all members_of() are equal up to the last block. False while one of them
// is still catching up.
bool databases_equal(Cluster& cluster);

}  // namespace swarm::sim
