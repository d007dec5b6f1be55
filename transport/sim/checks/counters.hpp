// The `sometimes` counters. Each counts an event that scenarios want to cause. If a counter is zero
// in all runs of a sweep, a fault had no effect, and the sweep must report that.
#pragma once

#include <map>
#include <string>

#include "engine/node/events.hpp"
#include "engine/node/outbox.hpp"
#include "transport/sim/world/network.hpp"

namespace swarm::sim {

class Counters {
 public:
  // A tracker has made a step. `joins`: Cluster::joins().
  void stepped(std::uint32_t tracker, bool joins, const Outbox& out);
  // A peer that exchanges contents has reported an event.
  void peer_event(const swarm::Event& event);
  // Returns the value of each of counter_names(), even if it is zero.
  std::map<std::string, std::uint64_t> finish(const NetworkCounters& network,
                                              std::uint64_t disks_hung,
                                              std::uint64_t damage_found = 0,
                                              std::uint64_t clients_turned = 0,
                                              std::uint64_t directories_refused = 0) const;

 private:
  void event(std::uint32_t tracker, bool joins, const swarm::Event& event);

  std::map<std::string, std::uint64_t> counts_;
  std::uint64_t snapshot_size_ = 0;           // bytes of the snapshot that was offered last
  std::map<Term, std::uint32_t> candidates_;  // per term: its first candidate
};

}  // namespace swarm::sim
