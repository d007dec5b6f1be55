// Draws whole scenarios that are harsher than the shipped ones: sizes, settings, network, disks,
// clocks, faults and their times, trackers that join and leave. It draws the text of a scenario
// file, so that a failing scenario can be kept as a file. Whatever was drawn, a master must answer
// after everything is healed.
#pragma once

#include <cstdint>
#include <string>

namespace swarm::sim {

struct StormRuns {
  std::uint64_t seed = 1;  // the seed of the first run
  std::uint32_t runs = 4;
};

// Returns the same text for the same number, on every machine. `how` changes only the lines `seed`
// and `runs`.
std::string drawn_storm(std::uint64_t number, const StormRuns& how);

}  // namespace swarm::sim
