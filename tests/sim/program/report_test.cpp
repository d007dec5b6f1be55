#include "transport/sim/program/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "observe/plots/plot_data.hpp"
#include "transport/sim/run/reproduction.hpp"

namespace swarm::sim {
namespace {

using testing::HasSubstr;
using testing::Not;

Scenario scenario() {
  Scenario s;
  s.name = "kill the master";
  s.file = "scenarios/kill.yaml";
  s.seed = 42;
  s.swarm.trackers = 5;
  return s;
}

RunResult run(std::uint32_t number, std::uint64_t seed) {
  RunResult r;
  r.run = number;
  r.seed = seed;
  r.fingerprint = seed * 1000;
  r.events = 10;
  r.simulated = 2s;
  r.faults = {{"kill, hard", 1500us, 1ms, 2ms, 4ms}};
  return r;
}

Campaign campaign() {
  Campaign c;
  c.asked = 2;
  c.runs = {run(1, 42), run(2, 43)};
  c.runs[1].faults[0].service.reset();
  c.runs[1].faults[0].watched = 500ms;
  c.runs[0].timeline = {{"role", "t1", 0s, 1s, "master", 0}, {"answers", "", 0s, 1s, "", 12}};
  c.expectations = {{"after kill: new master within 500ms", Held::yes, 2, 2, "", {}}};
  c.wall_seconds = 0.5;
  return c;
}

TEST(Report, FailoverCsvIsReadByThePlots) {
  const std::string text = failover_csv(campaign());
  EXPECT_EQ(text,
            "run,seed,fault,at_ms,detection_ms,election_ms,service_ms,watched_ms\n"
            "1,42,\"kill, hard\",1.500000,1.000000,2.000000,4.000000,\n"
            "2,43,\"kill, hard\",1.500000,1.000000,2.000000,,500.000000\n");
  std::istringstream in(text);
  const auto read = observe::read_failovers(in, "failover.csv");
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].fault, "kill, hard");
  EXPECT_EQ(read[0].service_ms, 4.0);
  EXPECT_FALSE(read[1].service_ms);
  EXPECT_EQ(read[1].watched_ms, 500.0);
}

TEST(Report, WhatWasCutOffIsNotMeasured) {
  EXPECT_NE(table(scenario(), campaign(), false)
                .find("1 not measured: cut off without an answer, after 500 ms at the latest"),
            std::string::npos)
      << table(scenario(), campaign(), false);
}

TEST(Report, TimelineCsvIsReadByThePlots) {
  std::istringstream in(timeline_csv(campaign()));
  const auto read = observe::read_timeline(in, "timeline.csv");
  ASSERT_EQ(read.roles.size(), 1u);
  EXPECT_EQ(read.roles[0].role, "master");
  ASSERT_EQ(read.answers.size(), 1u);
  EXPECT_EQ(read.answers[0].answers, 12);
}

TEST(Report, SummaryHasTheFiguresAndKeepsTheMachineApart) {
  const auto json = nlohmann::json::parse(summary_json(scenario(), campaign(), 2));
  EXPECT_EQ(json["scenario"], "kill the master");
  EXPECT_EQ(json["runs"], 2);
  EXPECT_EQ(json["passed"], 2);
  EXPECT_EQ(json["expectations"][0]["runs_held"], 2);
  const auto& service = json["failover"]["kill, hard"]["service_ms"];
  EXPECT_EQ(service["n"], 1);
  EXPECT_EQ(service["not_measured"], 1);
  EXPECT_EQ(service["p99"], 4.0);
  EXPECT_EQ(json["events"], 20);
  EXPECT_EQ(json["fingerprints"]["42"], "000000000000a410");
  auto other = campaign();
  other.wall_seconds = 99;
  auto again = nlohmann::json::parse(summary_json(scenario(), other, 7));
  auto first = json;
  EXPECT_NE(first["machine"], again["machine"]);
  first.erase("machine"), again.erase("machine");
  EXPECT_EQ(first, again);
}

// Of two clients that a fault met: one was answered, one left before that.
Campaign with_clients() {
  auto c = campaign();
  for (auto& run : c.runs) {
    ClientOutcome one{"lftp", "lftp-1", "started", 500ms, 502ms, 2s, 2, 1, "kill"};
    run.broken = 1;
    run.clients = {one};
    one.answered.reset();
    one.until = 1s;
    run.clients.push_back(one);
    one.event = "stopped";  // nobody waits for that
    run.clients.push_back(one);
  }
  return c;
}
Scenario scenario_of_clients() {
  auto s = scenario();
  s.clients.count = 2;
  return s;
}

TEST(Report, WhoLeftBeforeTheAnswerWasNotAnswered) {
  const std::string text = table(scenario_of_clients(), with_clients(), false);
  EXPECT_THAT(text, HasSubstr("  lftp                               2       2.00       2.00       "
                              "2.00       2.00   2 not answered\n"));
  const auto json = nlohmann::json::parse(summary_json(scenario_of_clients(), with_clients(), 1));
  EXPECT_EQ(json["clients"]["lftp"]["answered_ms"]["missing"], 2);
}

TEST(Report, TheTableSaysWhenNobodyMetTheFault) {
  auto c = with_clients();
  for (auto& run : c.runs)
    for (auto& one : run.clients) one.fault.clear();
  EXPECT_THAT(table(scenario_of_clients(), c, false), HasSubstr("\n  no client met the fault\n"));
  const auto json = nlohmann::json::parse(summary_json(scenario_of_clients(), c, 1));
  EXPECT_EQ(json["faults"], 2);
  EXPECT_TRUE(json["clients"].empty());
  for (auto& run : c.runs) run.broken = 0;
  EXPECT_THAT(table(scenario_of_clients(), c, false), HasSubstr("2 not answered"));
}

TEST(Report, WhereNobodyWasAnsweredTheTableSaysSo) {
  auto c = with_clients();
  for (auto& run : c.runs) run.clients.erase(run.clients.begin());
  EXPECT_THAT(table(scenario_of_clients(), c, false),
              HasSubstr("  lftp                               0   2 not answered\n"));
}

TEST(Report, TheTableNamesWhatFailedAndHowToSeeItAgain) {
  auto c = campaign();
  c.runs[1].failure = {"one_master_per_term", "t1 and t2 were both master in term 3.", 1500ms,
                       "t2"};
  c.expectations[0].held = Held::no;
  c.expectations[0].runs_held = 1;
  c.expectations[0].detail = "seed 43: it never happened";
  EXPECT_FALSE(c.held());
  const std::string text = table(scenario(), c, false);
  EXPECT_NE(text.find("FAILED 1 of 2     after kill: new master within 500ms - seed 43: it never"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("seed 43 at 1500.000 ms, t2: one_master_per_term: t1 and t2"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("1 of 2 runs passed"), std::string::npos) << text;
  EXPECT_EQ(reproduction(scenario(), c),
            "swarm-sim run scenarios/kill.yaml --seed 43 --runs 1 --trace");
}

TEST(Report, TheCommandHasWhatWasVariedAndIsFitForAShell) {
  auto c = campaign();
  c.runs[1].failure = {"one_master_per_term", "Two.", 1500ms, "t2"};
  auto s = scenario();
  s.file = "it's my file.yaml";
  EXPECT_EQ(reproduction(s, c), "swarm-sim run 'it'\\''s my file.yaml' --seed 43 --runs 1 --trace");
  c.written_to = "my results";
  EXPECT_EQ(reproduction(s, c),
            "swarm-sim run 'it'\\''s my file.yaml' --seed 43 --runs 1 --trace -o 'my "
            "results/seed-43'");
  c.written_to.clear();
  s.set = {{"network.loss", "5%"}, {"name", "two words"}};
  s.file = "kill.yaml";
  const std::string command =
      "swarm-sim sweep kill.yaml --vary network.loss=5% --vary 'name=two words' --seed 43 --runs 1 "
      "--trace";
  EXPECT_EQ(reproduction(s, c), command);
  const auto json = nlohmann::json::parse(summary_json(s, c, 1));
  EXPECT_EQ(json["reproduce"], command);
  EXPECT_EQ(json["failures"][0]["reproduce"], command);
}

TEST(Report, APooledExpectationThatFailedIsSaidAndCanBeSeenAgain) {
  auto c = campaign();
  EXPECT_EQ(reproduction(scenario(), c), "");
  EXPECT_EQ(table(scenario(), c, false).find("expectation failed"), std::string::npos);
  c.expectations.push_back({"after kill: p99 of the service", Held::no, 0, 0, "it was 9 ms", 43});
  EXPECT_NE(table(scenario(), c, false).find("2 of 2 runs passed, 1 expectation failed"),
            std::string::npos);
  EXPECT_EQ(reproduction(scenario(), c),
            "swarm-sim run scenarios/kill.yaml --seed 43 --runs 1 --trace");
  c.expectations.back().slowest.reset();  // of all runs: something never happened
  EXPECT_EQ(reproduction(scenario(), c), "swarm-sim run scenarios/kill.yaml --seed 42 --runs 2");
}

TEST(Report, TheTableHasTheMemoryOfALargeSwarm) {
  auto c = campaign();
  EXPECT_EQ(table(scenario(), c, false).find("memory"), std::string::npos);
  c.runs[0].memory = {300 << 20, 100 << 20, 1234};
  EXPECT_NE(table(scenario(), c, false)
                .find("memory: 300.0 MiB resident, 100.0 MiB of it SQLite's, 1234 bytes per peer"),
            std::string::npos)
      << table(scenario(), c, false);
}

TEST(Report, WhatCouldNotHappenIsInTheTableTheSummaryAndAWarning) {
  auto c = campaign();
  EXPECT_TRUE(warnings(c).empty());
  for (auto& run : c.runs) run.not_happened = {{"hand-over t3 at 3s", "t3 was not the master"}};
  EXPECT_NE(table(scenario(), c, false)
                .find("did not happen in 2 of 2 runs: hand-over t3 at 3s - t3 was not the master "
                      "(seed 42)"),
            std::string::npos);
  const auto json = nlohmann::json::parse(summary_json(scenario(), c, 1));
  ASSERT_EQ(json["did_not_happen"].size(), 1u);
  EXPECT_EQ(json["did_not_happen"][0]["runs"], 2);
  EXPECT_EQ(warnings(c), std::vector<std::string>{"`hand-over t3 at 3s` did not happen in 2 of 2 "
                                                  "runs: t3 was not the master"});
}

// `FAILED 14/20` was read as fourteen that failed, where fourteen had held.
TEST(Report, TheNumberBesideAVerdictCountsWhatTheVerdictSays) {
  auto c = campaign();
  c.expectations = {{"a", Held::yes, 20, 20, "", {}}, {"b", Held::no, 14, 20, "", {}}};
  const std::string text = table(scenario(), c, false);
  EXPECT_THAT(text, HasSubstr("\n  held   20 of 20   a\n"));
  EXPECT_THAT(text, HasSubstr("\n  FAILED 6 of 20    b\n"));
  const auto json = nlohmann::json::parse(summary_json(scenario(), c, 1));
  EXPECT_EQ(json["expectations"][1]["runs_held"], 14);
  EXPECT_EQ(json["expectations"][1]["runs_asked"], 20);
}

TEST(Report, OneOfAKindIsNoPlural) {
  auto s = scenario();
  s.swarm.trackers = 1;
  s.swarm.peers = 1;
  auto c = campaign();
  c.runs.resize(1);
  c.runs[0].not_happened = {{"kill t2 at 3s", "t2 was down"}};
  const std::string text = table(s, c, false);
  EXPECT_THAT(text, HasSubstr("  1 run (seed 42), 1 tracker, 1 peer\n"));
  EXPECT_THAT(text, HasSubstr("\n  1 of 1 run passed"));
  EXPECT_THAT(text, HasSubstr("did not happen in 1 of 1 run: kill t2"));
  EXPECT_EQ(warnings(c).at(0), "`kill t2 at 3s` did not happen in 1 of 1 run: t2 was down");
}

TEST(Report, RandomFaultsAreCountedByKindAndNoneOfAKindIsAWarning) {
  auto s = scenario();
  s.random.emplace();
  auto c = campaign();
  c.runs.at(0).random_faults = {{"crash", 3}, {"wipe", 0}};
  c.runs.at(1).random_faults = {{"crash", 4}, {"wipe", 0}};
  EXPECT_THAT(table(s, c, false), HasSubstr("\n  random faults: 7 crash, no wipe\n"));
  EXPECT_EQ(nlohmann::json::parse(summary_json(s, c, 1))["random_faults"],
            (nlohmann::json{{"crash", 7}, {"wipe", 0}}));
  EXPECT_EQ(warnings(c).back(),
            "no random `wipe` happened in " + std::to_string(c.runs.size()) + " runs");
}

TEST(Report, RandomFaultsHaveNoFiguresAndTheTableSaysWhy) {
  auto s = scenario();
  EXPECT_THAT(table(s, campaign(), false), Not(HasSubstr("random fault")));
  s.random.emplace();
  EXPECT_THAT(table(s, campaign(), false),
              HasSubstr("\n  random faults have no failover times, for one may begin before "
                        "another is over;\n  a fault of the timeline has them when `measure` names "
                        "it\n"));
  s.measure_from = {"kill"};
  EXPECT_THAT(table(s, campaign(), false), Not(HasSubstr("random fault")));
}

TEST(Report, ColoursOnlyWhereAskedFor) {
  EXPECT_EQ(table(scenario(), campaign(), false).find('\x1b'), std::string::npos);
  EXPECT_NE(table(scenario(), campaign(), true).find('\x1b'), std::string::npos);
}

TEST(Report, PartialResultsAreSaidToBePartial) {
  auto c = campaign();
  c.asked = 100;
  c.partial = true;
  EXPECT_TRUE(c.inconclusive());
  EXPECT_NE(table(scenario(), c, false).find("partial: 2 of 100 runs"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(summary_json(scenario(), c, 1))["partial"], true);
}

TEST(Campaign, IsInconclusiveWhenAnExpectationWasNeverAsked) {
  auto c = campaign();
  EXPECT_TRUE(c.held());
  EXPECT_FALSE(c.inconclusive());
  c.expectations[0].held = Held::not_asked;
  EXPECT_TRUE(c.held());
  EXPECT_TRUE(c.inconclusive());
}

TEST(Campaign, AFileThatCannotBeWrittenIsOneSentence) {
  try {
    write_file("/no/such/folder/file", "text");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "/no/such/folder/file cannot be written");
  }
}

}  // namespace
}  // namespace swarm::sim
