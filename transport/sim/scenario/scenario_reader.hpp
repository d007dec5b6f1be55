// Reads scenario files (YAML, docs/SCENARIOS.md). It is strict: it refuses what it does not
// understand. The message names the place. If a known word is similar to the wrong one, the message
// suggests the known word.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

// what() = "file:line:column: sentence", lines and columns counted from 1.
struct ScenarioError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Both throw only ScenarioError, whatever the bytes are. They refuse a file of more than 1 MiB
// without reading it. A key that is not in the file has the default of struct Scenario, with these
// exceptions:
//   name                      the file's name without its ending
//   tracker.bootstrap_expect  swarm.trackers
//   tracker.promise_max       at least tracker.promise
//   tracker.client_interval   zero if the file has no `clients`
//   measure                   the labels after which a first answer, a service gap or a number of
//                             unanswered requests is expected
//   random.during             from 5 s after the start until 10 s before the end
// `always: all` becomes one expectation per name.
Scenario read_scenario(const std::string& path);
Scenario parse_scenario(const std::string& text, const std::string& file_name);

// Sets one scalar key, as `sweep --vary` does: set_key(s, "tracker.keep_alive", "5ms"), "duration",
// "network.latency" = "100us..300us", "swarm.peers", "network.loss". If the key is one of
// `network`, actions that change the network get the new value, too, unless they name this key
// themselves. set_key() checks the whole scenario again. If it throws ScenarioError ("key=value:
// sentence"), the scenario is unchanged.
void set_key(Scenario& scenario, const std::string& dotted_key, const std::string& value);

// Short forms for tables: "crash master at 2s..3s for 1s", "after crash: new master within 500ms".
std::string to_text(Action::Kind kind);  // as written in a file: "hand-over"
std::string to_text(const Who& who);     // "t2", "any-slave"
std::string to_text(const Action& action);
std::string to_text(const Expectation& expectation);

// The names that `always` and `sometimes` accept.
const std::vector<std::string>& invariant_names();
const std::vector<std::string>& counter_names();

}  // namespace swarm::sim
