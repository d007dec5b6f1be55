// Judges the expectations on the answers to clients of BEP 15.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "transport/sim/scenario/result.hpp"
#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

// Sets the verdicts of the expectations `answered`. `actions`: the time of the last action with
// each label.
void judge_clients(const Scenario& scenario, const std::vector<ClientOutcome>& clients,
                   const std::map<std::string, Duration>& actions, std::vector<Verdict>& verdicts);

}  // namespace swarm::sim
