#include "transport/sim/scenario/scenario_advice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/quantity.hpp"

namespace swarm::sim {
namespace {

// Rounds up to two digits, so that the value is one that a person would write into a file.
Duration round_up(Duration duration) {
  Duration step = 1us;
  while (step * 100 < duration) step *= 10;
  return (duration + step - 1ns) / step * step;
}

// A little less than the keys allow (settings_keys.cpp), so that a value is still allowed after
// round_up().
constexpr Duration longest_retry = 50s, longest_promise = 500s;

std::string what_helps(const std::string& keys, bool allowed) {
  return allowed ? fmt::format("write tracker: {{ {} }}, or more", keys)
                 : "no setting helps in so wide a network";
}

}  // namespace

// The advice follows from two rules of the engine. A candidate asks for votes three times in a term
// (MasterElection). A master steps down if no majority has acknowledged it for the length of a
// promise (ClusterFaultTolerance).
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
  // When a master is elected, its votes are a round trip old. The first acknowledgements come
  // another round trip later.
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
