// The figures of a whole campaign, pooled over its runs, for the files and the table.
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

struct Figures {  // the figures of one fault, over all runs
  Spread detection, election, service;
};
// The faults are in the order of their first appearance in the runs.
std::vector<std::pair<std::string, Figures>> pooled(const Campaign& campaign);

struct GroupFigures {  // the figures of one group, over all runs
  std::size_t peers{};
  Spread took;  // from arrival to complete, of honest peers that lacked something on arrival
  // One value per peer, ascending. sent: bytes sent / size of its contents. received: bytes
  // received / bytes that it lacked on arrival, for the same peers as `took`.
  std::vector<double> sent, received;
};
std::vector<std::pair<std::string, GroupFigures>> groups(const Campaign& campaign);
double median(const std::vector<double>& ascending);

// The number of faults that clients could meet, in all runs.
std::uint64_t broken(const Campaign& campaign);
// How long announces (except `stopped`) waited for their answer, per kind of client, over all runs.
// If there were faults, only announces that met a fault count. Spread::missing counts announces
// without an answer, even if the client left before an answer could come.
std::vector<std::pair<std::string, Spread>> waits(const Campaign& campaign);

struct PooledNotHappened {
  NotHappened what;
  std::size_t runs{};
  std::uint64_t seed{};  // of the first of these runs
};
std::vector<PooledNotHappened> not_happened(const Campaign& campaign);
// How many random faults of each kind happened in all runs.
std::map<std::string, std::uint64_t> random_faults(const Campaign& campaign);

Duration simulated(const Campaign& campaign);
std::uint64_t events(const Campaign& campaign);
std::optional<MemoryFigures> memory_of(const Campaign& campaign);
std::size_t passed(const Campaign& campaign);

}  // namespace swarm::sim
