// Judges the expectations of a scenario, both in each run and over all runs. An expectation
// "after X" must hold after each action with the label X.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/types.hpp"
#include "transport/sim/scenario/result.hpp"
#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

class Judge {
 public:
  explicit Judge(const Scenario& scenario);

  // An action with this label is carried out at `at`. `term`: the highest term in which a master
  // has served so far. `lasting`: the time after which the action ends by itself. The start of the
  // run counts as an action without a label.
  void action(Duration at, const std::string& label, Term term,
              std::optional<Duration> lasting = std::nullopt);
  // A tracker begins to serve. `in_majority`: it is on the side with the most trackers.
  void serving(Duration at, Term term, bool in_majority);
  // A tracker may answer now, because its lease holds.
  void may_answer(Duration at);
  // A new registration was answered at `at`. It was first sent at `sent`, and `sendings` times in
  // all.
  void answered(Duration at, Duration sent, std::uint32_t sendings);
  // A registration that the probe sent at `sent` was never answered.
  void never_answered(Duration sent);
  // All members that are up have the same rows at `at`.
  void same_database(Duration at);
  // The CONFIG in force at the master has this number of voters.
  void members(Duration at, std::uint32_t voters);

  bool waits_for_database(Duration at) const;
  bool waits_for_members(Duration at) const;

  // The run ended at `end`. Returns one verdict per expectation, in the scenario's order.
  std::vector<Verdict> verdicts(Duration end) const;
  // Sets the verdicts of the expectations `sends` from the counters.
  void judge_sends(const std::map<std::string, std::uint64_t>& counters,
                   std::vector<Verdict>& verdicts) const;

 private:
  struct Question {  // one expectation after one action
    std::size_t expectation;
    Duration at;     // the time of the action
    Duration until;  // at + within
    Term before;     // the highest term served until the action
    bool held{};     // the expected thing has happened in time
    bool broken{};   // something forbidden has happened
    std::uint32_t count{};
    std::optional<Duration> happened;  // the time at which it happened, even if too late
    bool closed{};                     // the next action has come (only for no_master)
    Duration ends{};                   // the time at which the action ends (only for no_master)
  };
  template <class F>
  void each(Expectation::Kind kind, F f);
  void happened(Question& question, Duration at);
  bool open(Expectation::Kind kind, Duration at) const;
  Verdict verdict(const Question& question, Duration end) const;

  const Scenario& scenario_;
  std::vector<Question> questions_;
};

// The verdict on an expectation over all runs.
struct PooledVerdict {
  std::string text;  // "after crash: new master within 500ms"
  Held held = Held::not_asked;
  std::size_t runs_held{};  // of `runs_asked`; both are 0 if it is judged over all runs together
  std::size_t runs_asked{};
  std::string detail;  // the verdict's text in the first run that broke it, or the pooled figure
  // The seed of the slowest run, if a percentile did not hold. This run shows the failure best.
  std::optional<std::uint64_t> slowest;
};
std::vector<PooledVerdict> judge_pool(const Scenario& scenario, const std::vector<RunResult>& runs);

}  // namespace swarm::sim
