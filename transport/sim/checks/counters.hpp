// The `sometimes` counters: how many times the event happened that a scenario is about. If a fault
// had no effect in any run of a sweep, the sweep must report that.
#pragma once

#include <map>
#include <string>

#include "engine/node/events.hpp"
#include "engine/node/outbox.hpp"
#include "transport/sim/world/network.hpp"

namespace swarm::sim {

class Counters {
 public:
  // A step of a tracker. `joins`: the tracker is no founder.
  void stepped(std::uint32_t tracker, bool joins, const Outbox& out);
  // An event of a peer that exchanges contents.
  void peer_event(const swarm::Event& event);
  // Returns all of counter_names(), even those that are zero.
  std::map<std::string, std::uint64_t> finish(const NetworkCounters& network,
                                              std::uint64_t disks_hung,
                                              std::uint64_t damage_found = 0,
                                              std::uint64_t clients_turned = 0,
                                              std::uint64_t directories_refused = 0) const;

 private:
  void event(std::uint32_t tracker, bool joins, const swarm::Event& event);

  std::map<std::string, std::uint64_t> counts_;
  std::uint64_t snapshot_size_ = 0;           // bytes of the snapshot that was offered last
  std::map<Term, std::uint32_t> candidates_;  // the first tracker that stood in each term
};

}  // namespace swarm::sim
