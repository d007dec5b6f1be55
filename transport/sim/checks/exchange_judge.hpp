// Judges the expectations on peers that exchange contents, by the outcome of each peer.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "transport/sim/scenario/result.hpp"
#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

class ExchangeJudge {
 public:
  explicit ExchangeJudge(const Scenario& scenario) : scenario_(scenario) {}

  // An action with this label was carried out. Expectations after this label count from the last
  // action that has it.
  void action(Duration at, const std::string& label) { actions_[label] = at; }
  const std::map<std::string, Duration>& actions() const { return actions_; }

  // The run ended at `end`. Sets the verdicts of `complete`, `uploads` and `downloads`. `lacks`
  // says what the peer with this index has and what it lacks.
  using Lacks = std::function<std::string(std::uint32_t peer)>;
  void judge(const std::vector<PeerOutcome>& peers, const Lacks& lacks, Duration end,
             std::vector<Verdict>& verdicts) const;

 private:
  Verdict complete(const Expectation& expectation, const std::vector<PeerOutcome>& peers,
                   const Lacks& lacks, Duration end) const;

  const Scenario& scenario_;
  std::map<std::string, Duration> actions_;
};

}  // namespace swarm::sim
