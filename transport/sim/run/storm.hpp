// Draws whole scenarios, harsher than the shipped ones: sizes, settings, network, disks, clocks,
// what breaks when, who joins and who leaves. What is drawn is the text of a scenario file, so what
// fails stands alone. Once all is healed there is to be a master, whatever was drawn.
#pragma once

#include <cstdint>
#include <string>

namespace swarm::sim {

struct StormRuns {
  std::uint64_t seed = 1;  // of the first run
  std::uint32_t runs = 4;
};

// The same text for the same number, whatever the machine; `how` changes the two lines that say it.
std::string drawn_storm(std::uint64_t number, const StormRuns& how);

}  // namespace swarm::sim
