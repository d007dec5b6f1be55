#include "transport/sim/checks/client_judge.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace swarm::sim {
namespace {

// Judges one announce. Time that the client waited before `from` does not count. There is no
// verdict if the client left or the run ended before `within` was over.
Verdict judge(const ClientOutcome& one, Duration from, Duration within) {
  const Duration began = std::max(from, one.wanted), until = began + within;
  const auto seconds = [&](Duration at) { return static_cast<double>((at - began).count()) / 1e9; };
  if (one.answered && *one.answered <= until) return {Held::yes, {}};
  if (one.answered)
    return {Held::no, fmt::format("{} waited {:.3f} s until its `{}` was answered", one.client,
                                  seconds(*one.answered), one.event)};
  if (one.until < until) return {};
  return {Held::no, fmt::format("{} waited {:.3f} s and its `{}` was not answered", one.client,
                                seconds(one.until), one.event)};
}

Verdict judge(const Expectation& expectation, const std::vector<ClientOutcome>& clients,
              Duration from) {
  Verdict verdict;
  for (const auto& one : clients) {
    if (expectation.name != "all" && one.kind != expectation.name) continue;
    if (one.event == "stopped") continue;  // the client does not wait for this answer
    if (one.answered && *one.answered < from) continue;
    const Verdict its = judge(one, from, expectation.within);
    if (its.held == Held::no) return its;
    if (its.held == Held::yes) verdict = its;
  }
  return verdict;
}

}  // namespace

void judge_clients(const Scenario& scenario, const std::vector<ClientOutcome>& clients,
                   const std::map<std::string, Duration>& actions, std::vector<Verdict>& verdicts) {
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto& expectation = scenario.expect[i];
    if (expectation.kind != Expectation::Kind::answered) continue;
    if (expectation.after.empty()) {
      verdicts[i] = judge(expectation, clients, {});
    } else if (const auto action = actions.find(expectation.after); action != actions.end()) {
      verdicts[i] = judge(expectation, clients, action->second);
    }
  }
}

}  // namespace swarm::sim
