// The part of scenario_check for `recorder`, and for the action `replay`.
#pragma once

#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

// Each of these functions throws YamlError with the place of the mistake.
void check_recorder(const Scenario& s);
// check_who() has checked `from` and `to`, if they are there.
void check_replay(const Scenario& s, const Action& action);

}  // namespace swarm::sim
