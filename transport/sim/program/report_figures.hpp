// Figures of a whole campaign, pooled over its runs: what both the files and the table tell.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>

#include "transport/sim/checks/failover.hpp"
#include "transport/sim/run/campaign.hpp"

namespace swarm::sim {

inline double in_ms(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}
inline std::string hex(std::uint64_t value) {
  return fmt::format("{:016x}", value);
}

struct Figures {  // of one fault, over all runs
  Spread detection, election, service;
};
// In the order in which the faults come in the first run that has them.
std::vector<std::pair<std::string, Figures>> pooled(const Campaign& campaign);

struct GroupFigures {  // of one group, over all runs
  std::size_t peers{};
  Spread took;                         // arrival -> complete; of those who lacked something
  std::vector<double> sent, received;  // times what they exchange, what they lacked; ascending
};
std::vector<std::pair<std::string, GroupFigures>> groups(const Campaign& campaign);
double median(const std::vector<double>& ascending);

// Announces of clients that met a fault.
std::uint64_t broken(const Campaign& campaign);
// Over all runs, of those that met a fault; of all of them where there was none. Who left before
// the answer was not answered. By kind of client.
std::vector<std::pair<std::string, Spread>> waits(const Campaign& campaign);

struct PooledNotHappened {
  NotHappened what;
  std::size_t runs{};
  std::uint64_t seed{};  // of the first of them
};
std::vector<PooledNotHappened> not_happened(const Campaign& campaign);
// How many random faults of each kind happened in all runs.
std::map<std::string, std::uint64_t> random_faults(const Campaign& campaign);

Duration simulated(const Campaign& campaign);
std::uint64_t events(const Campaign& campaign);
std::optional<MemoryFigures> memory_of(const Campaign& campaign);
std::size_t passed(const Campaign& campaign);

}  // namespace swarm::sim
