// Checks that the parts of a scenario fit together: its times, names, labels and settings.
#pragma once

#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

// Fills in the defaults that depend on other keys (see scenario_reader.hpp). It may be called again
// after a change.
void derive_defaults(Scenario& scenario);

// Throws YamlError with the place of the mistake.
void check_scenario(const Scenario& scenario);

}  // namespace swarm::sim
