#include "transport/sim/scenario_advice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/quantity.hpp"

namespace swarm::sim {
namespace {

// Rounded up to two digits: what to write into a file.
Duration round_up(Duration duration) {
  Duration step = 1us;
  while (step * 100 < duration) step *= 10;
  return (duration + step - 1ns) / step * step;
}

}  // namespace

// The engine: a candidate asks three times for votes in a term (MasterElection), and a master whom
// no majority has acknowledged for a promise steps down (ClusterFaultTolerance).
std::vector<std::string> advice(const Scenario& scenario) {
  std::vector<std::string> all;
  const TrackerSettings& t = scenario.tracker;
  if (scenario.swarm.trackers < 2 || t.election != ElectionOrder::ranked) return all;
  const Duration round_trip = 2 * scenario.network.latency.min;
  const Duration sync = scenario.disk.sync.min;  // of a vote, for which a term waits, too
  const Duration term = 3 * std::max(t.vote_retry_max, sync);
  if (round_trip + sync > term)
    all.push_back(
        fmt::format("a round trip takes {} at least in this network, and a term is given up after "
                    "{} (three times vote_retry): no master is elected; write tracker: {{ "
                    "vote_retry_min: {}, vote_retry_max: {} }}, or more",
                    to_text(round_trip), to_text(term), to_text(round_up(round_trip + sync)),
                    to_text(round_up(2 * (round_trip + sync)))));
  // Elected with votes that are a round trip old, it hears what acknowledges it another one later.
  if (2 * round_trip > t.promise)
    all.push_back(fmt::format(
        "a new master is confirmed by its slaves after two round trips, {} at least in "
        "this network, and gives up after a promise of {}: one election follows the "
        "other; write tracker: {{ promise: {} }}, or more",
        to_text(2 * round_trip), to_text(t.promise), to_text(round_up(3 * round_trip))));
  return all;
}

}  // namespace swarm::sim
