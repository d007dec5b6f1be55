#include "transport/sim/scenario/scenario_advice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/quantity.hpp"

namespace swarm::sim {
namespace {

// Rounded up to two digits: what to write into a file.
Duration round_up(Duration duration) {
  Duration step = 1us;
  while (step * 100 < duration) step *= 10;
  return (duration + step - 1ns) / step * step;
}

// What the keys take, settings_keys.cpp; rounded up it is still within.
constexpr Duration longest_retry = 50s, longest_promise = 500s;

std::string what_helps(const std::string& keys, bool allowed) {
  return allowed ? fmt::format("write tracker: {{ {} }}, or more", keys)
                 : "no setting helps in so wide a network";
}

}  // namespace

// The engine: a candidate asks three times for votes in a term (MasterElection), and a master whom
// no majority has acknowledged for a promise steps down (ClusterFaultTolerance).
std::vector<std::string> advice(const Scenario& scenario) {
  std::vector<std::string> all;
  const TrackerSettings& t = scenario.tracker;
  if (scenario.swarm.trackers < 2 || t.election != ElectionOrder::ranked) return all;
  const Duration round_trip = 2 * scenario.network.latency.min;
  const Duration term = 3 * t.vote_retry_max;
  if (round_trip > term)
    all.push_back(fmt::format(
        "a round trip takes {} at least in this network, and a term is given up after "
        "{} (three times vote_retry): no master is elected; {}",
        to_text(round_trip), to_text(term),
        what_helps(fmt::format("vote_retry_min: {}, vote_retry_max: {}",
                               to_text(round_up(round_trip)), to_text(round_up(2 * round_trip))),
                   2 * round_trip <= longest_retry)));
  // Elected with votes that are a round trip old, it hears what acknowledges it another one later.
  if (2 * round_trip > t.promise)
    all.push_back(
        fmt::format("a new master is confirmed by its slaves after two round trips, {} at least in "
                    "this network, and gives up after a promise of {}: one election may follow the "
                    "other; {}",
                    to_text(2 * round_trip), to_text(t.promise),
                    what_helps(fmt::format("promise: {}", to_text(round_up(3 * round_trip))),
                               3 * round_trip <= longest_promise)));
  return all;
}

}  // namespace swarm::sim
