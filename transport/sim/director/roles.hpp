// Who is meant: the roles of a scenario, resolved at the moment when an action is carried out.
#pragma once

#include <set>
#include <vector>

#include "transport/sim/actors/cluster.hpp"

namespace swarm::sim {

// One action: who was chosen for it is not chosen again by `any-slave`, `minority`, `rest`...
class Roles {
 public:
  // `key` tells this action's draws from those of all others.
  Roles(Cluster& cluster, std::uint32_t founders, std::uint64_t seed, std::uint64_t key)
      : cluster_(cluster), founders_(founders), seed_(seed), key_(key) {}

  // The trackers (1..) that are meant now; empty when nobody has that role now.
  std::vector<std::uint32_t> resolve(const Who& who);

 private:
  std::vector<std::uint32_t> candidates() const;  // up, not chosen before, in the order of names
  std::vector<std::uint32_t> slaves() const;      // candidates but for the master
  std::vector<std::uint32_t> drawn(std::vector<std::uint32_t> from, std::size_t n);
  std::vector<std::uint32_t> successor() const;
  std::vector<std::uint32_t> side(std::size_t n, bool with_master);
  std::vector<std::uint32_t> rest() const;
  std::vector<std::uint32_t> meant(const Who& who);

  Cluster& cluster_;
  std::uint32_t founders_;
  std::uint64_t seed_, key_;
  std::uint64_t draws_ = 0;
  std::set<std::uint32_t> chosen_;
};

}  // namespace swarm::sim
