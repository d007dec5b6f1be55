// What must hold between the parts of a scenario: times, names, labels, settings.
#pragma once

#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

// Fills in the defaults that depend on other keys (see scenario_reader.hpp); may be called again.
void derive_defaults(Scenario& scenario);

// Throws YamlError with the place to blame.
void check_scenario(const Scenario& scenario);

}  // namespace swarm::sim
