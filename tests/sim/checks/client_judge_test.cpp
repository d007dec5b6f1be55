#include "transport/sim/checks/client_judge.hpp"

#include <gtest/gtest.h>

#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

// Wanted at 10 s; the run ends at 60 s.
ClientOutcome outcome(std::optional<Duration> answered, Duration until = 60s,
                      const std::string& event = "started") {
  ClientOutcome one;
  one.kind = "aria2";
  one.client = "aria2-1";
  one.event = event;
  one.wanted = 10s;
  one.answered = answered;
  one.until = until;
  return one;
}

// Of `answered: aria2, within: 5s`.
Verdict judged(const std::vector<ClientOutcome>& clients, const std::string& after = "",
               const std::map<std::string, Duration>& actions = {}) {
  const Scenario scenario = parse_scenario(
      "duration: 60s\nclients: { count: 1, kinds: [aria2, lftp] }\n"
      "timeline: [{ at: 12s, kill: master }]\nexpect: [{ " +
          after + " answered: aria2, within: 5s }]",
      "x.yaml");
  std::vector<Verdict> verdicts(1);
  judge_clients(scenario, clients, actions, verdicts);
  return verdicts.front();
}

TEST(ClientJudge, HoldsWhenEachAnnounceIsAnsweredInTime) {
  EXPECT_EQ(judged({outcome(11s), outcome(15s)}).held, Held::yes);
  EXPECT_EQ(judged({}).held, Held::not_asked);
}

TEST(ClientJudge, SaysWhoWaitedTooLong) {
  const auto late = judged({outcome(11s), outcome(16s)});
  EXPECT_EQ(late.held, Held::no);
  EXPECT_EQ(late.text, "aria2-1 waited 6.000 s until its `started` was answered");
  EXPECT_EQ(judged({outcome(std::nullopt)}).text,
            "aria2-1 waited 50.000 s and its `started` was not answered");
}

TEST(ClientJudge, WhoLeftInTimeIsNotAskedNorIsWhoStopsNorAnotherKind) {
  EXPECT_EQ(judged({outcome(std::nullopt, 14s)}).held, Held::not_asked);
  EXPECT_EQ(judged({outcome(std::nullopt, 60s, "stopped")}).held, Held::not_asked);
  auto other = outcome(std::nullopt);
  other.kind = "lftp";
  EXPECT_EQ(judged({other, outcome(11s)}).held, Held::yes);
}

TEST(ClientJudge, AfterAnActionTheWaitCountsFromThere) {
  EXPECT_EQ(judged({outcome(16s)}, "after: kill,", {{"kill", 12s}}).held, Held::yes);
  EXPECT_EQ(judged({outcome(11s)}, "after: kill,", {{"kill", 12s}}).held, Held::not_asked);
  EXPECT_EQ(judged({outcome(18s)}, "after: kill,", {{"kill", 12s}}).held, Held::no);
  EXPECT_EQ(judged({outcome(18s)}, "after: kill,").held, Held::not_asked);
}

}  // namespace
}  // namespace swarm::sim
