// Judges the expectations of a scenario: in one run, while it happens; and over all runs.
// An expectation "after X" is asked at each action labelled X; it must hold each time.
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

  // An action of that label is carried out now; `term`: the highest that was served until now.
  // The start of the run is an action without a label. `lasting`: it ends by itself after that.
  void action(Duration at, const std::string& label, Term term,
              std::optional<Duration> lasting = std::nullopt);
  // A tracker begins to serve; `in_majority`: on the side that holds the most trackers.
  void serving(Duration at, Term term, bool in_majority);
  // Right now a tracker may answer: its lease holds.
  void may_answer(Duration at);
  // A new registration, first sent at `sent`, was answered now.
  void answered(Duration at, Duration sent, std::uint32_t sendings);
  // A probe's registration, first sent at `sent`, was never answered.
  void never_answered(Duration sent);
  // All members that are up have the same rows now.
  void same_database(Duration at);
  // The CONFIG in force at the serving master.
  void members(Duration at, std::uint32_t voters);

  bool waits_for_database(Duration at) const;
  bool waits_for_members(Duration at) const;

  // The run ended at `end`. One verdict per expectation, in the scenario's order.
  std::vector<Verdict> verdicts(Duration end) const;
  // Those that counters tell: `sends`.
  void judge_sends(const std::map<std::string, std::uint64_t>& counters,
                   std::vector<Verdict>& verdicts) const;

 private:
  struct Question {
    std::size_t expectation;
    Duration at;     // of the action
    Duration until;  // at + within
    Term before;     // the highest term served until the action
    bool held{};     // has happened in time
    bool broken{};   // has gone wrong
    std::uint32_t count{};
    std::optional<Duration> happened;  // when, in time or not
    bool closed{};                     // the next action came (only no_master cares)
    Duration ends{};                   // of the action itself (only no_master cares)
  };
  template <class F>
  void each(Expectation::Kind kind, F f);
  void happened(Question& question, Duration at);
  bool open(Expectation::Kind kind, Duration at) const;
  Verdict verdict(const Question& question, Duration end) const;

  const Scenario& scenario_;
  std::vector<Question> questions_;
};

// An expectation over all runs.
struct PooledVerdict {
  std::string text;  // "after crash: new master within 500ms"
  Held held = Held::not_asked;
  std::size_t runs_held{};  // of `runs_asked`; 0 of 0 for those over all runs
  std::size_t runs_asked{};
  std::string detail;  // of the first run that broke it, or the figure that did
  // Whose run shows it best: of a percentile that did not hold the slowest.
  std::optional<std::uint64_t> slowest;
};
std::vector<PooledVerdict> judge_pool(const Scenario& scenario, const std::vector<RunResult>& runs);

}  // namespace swarm::sim
