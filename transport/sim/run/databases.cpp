#include "transport/sim/run/databases.hpp"

#include <algorithm>

namespace swarm::sim {

std::vector<std::uint32_t> members_of(Cluster& cluster) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t t = 1; t <= cluster.size(); ++t) {
    if (!cluster.up(t)) continue;
    const Role role = cluster.tracker(t)->view().role;
    if (role != Role::removed && role != Role::stranger) out.push_back(t);
  }
  return out;
}

bool databases_equal(Cluster& cluster) {
  const auto all = members_of(cluster);
  if (all.empty()) return false;
  const auto first = cluster.database(all.front()).applied();
  for (const auto tracker : all) {
    const auto& view = cluster.tracker(tracker)->view();
    const auto& leader = cluster.tracker(all.front())->view();
    if (view.applied != leader.applied || view.rows_applied != view.applied) return false;
    if (cluster.tracker(tracker)->table().digest() !=
        cluster.tracker(all.front())->table().digest())
      return false;
  }
  const auto digest = cluster.database(all.front()).rows_digest();
  return std::all_of(all.begin(), all.end(), [&](std::uint32_t tracker) {
    auto& database = cluster.database(tracker);
    return database.applied() == first && database.rows_digest() == digest;
  });
}

}  // namespace swarm::sim
