// The text of a scenario that uses every part of the format, and the complaints of the reader.
#pragma once

#include <string>

#include "transport/sim/scenario/scenario_names.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim::texts {

// Returns the reader's complaint about a text; "" if the reader accepts the text.
inline std::string complaint(const std::string& text) {
  try {
    parse_scenario(text, "x.yaml");
    return "";
  } catch (const ScenarioError& error) {
    return error.what();
  }
}

// Returns the number of invariants for which `always: all` stands.
inline std::size_t invariants_of(const Scenario& scenario) {
  std::size_t count = 0;
  for (const auto& name : invariant_names())
    count += (!scenario.exchange.peers.empty() || !is_of_exchange(name)) &&
             (scenario.clients.count > 0 || !is_of_clients(name));
  return count;
}

inline constexpr auto every_key_of_a_recorder = R"(
duration: 60s
recorder:
  hears: 30%
  plays: 20%
  after: [0..50ms, 10s..20s]
  as: [original, own, other]
  to: [original, sender]
  damage: 5%
  at_most: 300/s
  keeps: 1000
  memory: 1MiB
timeline:
  - at: 5s
    replay: { what: JOIN, which: first, from: t3, to: master, every: 20ms, as: own }
    for: 2s
  - { at: 6s, replay: { what: [KA, PREPARE], from: master } }
)";

inline constexpr auto whole = R"(name: crash the master, then split the swarm
seed: 42
runs: 100                     # seeds 42..141, pooled
duration: 40s
swarm:   { trackers: 5, peers: 200, contents: 20 }
tracker: { keep_alive: 25ms, announce_interval: 5s, drawn: 12ms..24ms, ready: in-sync }
network: { latency: { min: 100us, mean: 300us }, loss: 2%, duplicate: 0.1% }
timeline:
  - { at: 10s, crash: master, for: 5s }
  - { at: 20s, partition: [[master, any-slave], rest] }
  - { at: 25s..26s, name: noise, network: { loss: 20% }, for: 2s }
  - { at: 30s, heal: all }
expect:
  - { after: crash,     new_master: 500ms }
  - { after: partition, new_master: 500ms, in: majority }
  - { after: heal,      same_database: 3s }
  - { after: crash,     service: { p50: 2ms, p99: 10ms } }
  - { after: heal,      members: 5, within: 5s }
  - { after: crash,     unanswered: 3 }
  - { always: [one_master_per_term, only_master_answers, no_lost_registration] }
  - { sometimes: elections_contested }
measure:
  - { failover: { from: crash, to: first_answer } }
)";

}  // namespace swarm::sim::texts
