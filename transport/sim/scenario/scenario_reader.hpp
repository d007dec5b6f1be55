// Reads scenario files (YAML, docs/SCENARIOS.md). It is strict: it refuses what it does not
// understand. The message names the place and, if one is similar, the word that was probably meant.
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

// Both throw only ScenarioError, whatever the bytes are. They refuse files of more than 1 MiB
// unread. A key that is not written has the default of struct Scenario, except these: name is the
// file's name without its ending; tracker.bootstrap_expect is swarm.trackers; `measure` has the
// labels after which a first answer, a service gap or unanswered requests are expected;
// random.during is from 5 s until 10 s before the end. `always: all` becomes one expectation per
// name.
Scenario read_scenario(const std::string& path);
Scenario parse_scenario(const std::string& text, const std::string& file_name);

// Sets one scalar key, as `sweep --vary` does: set_key(s, "tracker.keep_alive", "5ms"), "duration",
// "network.latency" = "100us..300us", "swarm.peers", "network.loss". An action that changes the
// network keeps the keys that it names, and takes the new value of any other key. The whole
// scenario is checked again. After ScenarioError ("key=value: sentence") the scenario is unchanged.
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
