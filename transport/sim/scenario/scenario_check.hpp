// Checks what must hold between the parts of a scenario: times, names, labels, settings.
#pragma once

#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

// Fills in the defaults that depend on other keys (see scenario_reader.hpp). May be called again.
void derive_defaults(Scenario& scenario);

// Throws YamlError with the place of the mistake.
void check_scenario(const Scenario& scenario);

}  // namespace swarm::sim
