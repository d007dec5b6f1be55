// Judges the expectations of a scenario: for one run while it goes on, and over all runs. An
// expectation "after X" is asked at each action with the label X, and must hold each time.
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

  // An action with this label is carried out now. `term` is the highest term in which a master has
  // served so far. `lasting`: the action ends by itself after this time. The start of the run is an
  // action without a label.
  void action(Duration at, const std::string& label, Term term,
              std::optional<Duration> lasting = std::nullopt);
  // A tracker begins to serve. `in_majority`: it is on the side with the most trackers.
  void serving(Duration at, Term term, bool in_majority);
  // A tracker may answer now, because its lease holds.
  void may_answer(Duration at);
  // A new registration, first sent at `sent`, was answered now.
  void answered(Duration at, Duration sent, std::uint32_t sendings);
  // A probe's registration, first sent at `sent`, was never answered.
  void never_answered(Duration sent);
  // All members that are up have the same rows now.
  void same_database(Duration at);
  // The number of voters in the CONFIG in force at the master.
  void members(Duration at, std::uint32_t voters);

  bool waits_for_database(Duration at) const;
  bool waits_for_members(Duration at) const;

  // The run ended at `end`. One verdict per expectation, in the scenario's order.
  std::vector<Verdict> verdicts(Duration end) const;
  // Sets the verdicts of `sends`, which the counters decide.
  void judge_sends(const std::map<std::string, std::uint64_t>& counters,
                   std::vector<Verdict>& verdicts) const;

 private:
  struct Question {
    std::size_t expectation;
    Duration at;     // when the action was carried out
    Duration until;  // at + within
    Term before;     // the highest term served until the action
    bool held{};     // the expected thing has happened in time
    bool broken{};   // something forbidden has happened
    std::uint32_t count{};
    std::optional<Duration> happened;  // when it happened, in time or not
    bool closed{};                     // the next action has come (only for no_master)
    Duration ends{};                   // when the action itself ends (only for no_master)
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
  std::size_t runs_held{};  // of `runs_asked`; 0 of 0 if it is judged over all runs together
  std::size_t runs_asked{};
  std::string detail;  // the text of the first run that broke it, or the pooled figure
  // The seed of the slowest run, if a percentile did not hold. This run shows the failure best.
  std::optional<std::uint64_t> slowest;
};
std::vector<PooledVerdict> judge_pool(const Scenario& scenario, const std::vector<RunResult>& runs);

}  // namespace swarm::sim
