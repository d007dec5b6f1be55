// Finds the trackers that have a role of a scenario, at the moment when an action is carried out.
#pragma once

#include <set>
#include <vector>

#include "transport/sim/actors/cluster.hpp"

namespace swarm::sim {

// The roles of one action. `any-slave`, `minority`, `rest` and the like do not choose a tracker
// that was already chosen for the same action.
class Roles {
 public:
  // `key` distinguishes this action's draws from those of all other actions.
  Roles(Cluster& cluster, std::uint32_t founders, std::uint64_t seed, std::uint64_t key)
      : cluster_(cluster), founders_(founders), seed_(seed), key_(key) {}

  // The trackers (from 1) that have this role now. Empty if no tracker has it.
  std::vector<std::uint32_t> resolve(const Who& who);

 private:
  std::vector<std::uint32_t> candidates() const;  // up and not chosen yet, sorted by name
  std::vector<std::uint32_t> slaves() const;      // the candidates without the master
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
