// Runs in which the probe is put to the test: what it measures is measured to its end, and the
// swarm is the same as without it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "transport/sim/program/report.hpp"
#include "transport/sim/run/campaign.hpp"
#include "transport/sim/run/run.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

Scenario scenario(const std::string& timeline, const std::string& expect,
                  const std::string& rest = "") {
  return parse_scenario(R"(
name: probed
duration: 12s
swarm:   { trackers: 3, peers: 10, contents: 3 }
tracker: { announce_interval: 1s }
)" + rest + "timeline:\n" + timeline +
                            "expect:\n" + expect,
                        "probed.yaml");
}

std::string explain(const RunResult& result) {
  std::string out = result.failure ? result.failure->what + ": " + result.failure->text : "";
  for (const auto& verdict : result.verdicts) out += " " + verdict.text;
  return out;
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

TEST(RunProbe, AnOutageLongerThanASecondIsMeasuredToItsEnd) {
  const auto s = scenario("  - { at: 2s..3s, partition: [[t1], [t2], [t3]], for: 3s }\n",
                          "  - { after: partition, first_answer: 4s }\n"
                          "  - { always: all }\n");
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto result = run(s, seed);
    EXPECT_TRUE(result.passed()) << "seed " << seed << ": " << explain(result);
    ASSERT_EQ(result.faults.size(), 1u);
    ASSERT_TRUE(result.faults[0].service) << "seed " << seed;
    EXPECT_GE(*result.faults[0].service, Duration(3s));
    EXPECT_LE(*result.faults[0].service, Duration(4s));
  }
}

TEST(RunProbe, WhatTheRunCutsOffIsNotMeasured) {
  const auto s =
      scenario("  - { at: 4s, crash: majority }\n", "  - { always: all }\n", "measure: [crash]\n");
  CampaignOptions options;
  options.runs = 2;
  const auto campaign = run_campaign(s, options);
  for (const auto& result : campaign.runs) {
    EXPECT_FALSE(result.faults.at(0).service);
    EXPECT_EQ(result.faults.at(0).watched, Duration(8s));
  }
  const auto json = nlohmann::json::parse(summary_json(s, campaign, 1));
  EXPECT_EQ(json["failover"]["crash"]["service_ms"]["not_measured"], 2);
}

// With `before: 0s` the fault comes first, and then what awaits it.
TEST(RunProbe, EndsAfterTheFirstAnswerAlsoWhenItBeganWithTheFault) {
  const auto s =
      scenario("  - { at: 4s, kill: master }\n", "  - { after: kill, first_answer: 1s }\n",
               "probe: { every: 10ms, before: 0s }\n");
  std::ostringstream trace;
  RunOptions options;
  options.trace = &trace;
  EXPECT_TRUE(run(s, 1, options).passed());
  std::istringstream lines(trace.str());
  std::size_t probes = 0;
  for (std::string line; std::getline(lines, line);)
    probes += count(line, "\"node\":\"probe\",\"event\":\"peer_registered\"");
  EXPECT_GT(probes, 0u);
  EXPECT_LT(probes, 20u);
}

// A bound is asked for longer than `probe: { after }` says: the probe goes on as long.
TEST(RunProbe, GoesOnUntilTheLongestBound) {
  const auto s = scenario("  - { at: 2s, partition: [[t1], [t2], [t3]], for: 3s }\n",
                          "  - { after: partition, first_answer: 4s }\n", "probe: { after: 1s }\n");
  EXPECT_TRUE(run(s, 1).passed()) << explain(run(s, 1));
}

// Three outages of which each leaves thousands of requests: none of them stays.
TEST(RunProbe, ItsRegistrationsGoAway) {
  auto s = scenario(
      "  - { at: 2s,  crash: majority, for: 1200ms }\n"
      "  - { at: 5s,  crash: majority, for: 1200ms }\n"
      "  - { at: 8s,  crash: majority, for: 1200ms }\n"
      "  - { at: 11s, name: last, kill: master }\n",
      "  - { after: crash, first_answer: 2s }\n"
      "  - { after: last, first_answer: 1s }\n"
      "  - { always: all }\n");
  s.tracker.max_contents_per_peer = 4000;
  std::ostringstream trace;
  RunOptions options;
  options.trace = &trace;
  const auto result = run(s, 1, options);
  EXPECT_TRUE(result.passed()) << explain(result);
  EXPECT_EQ(count(trace.str(), "\"event\":\"not_stored\""), 0u);
}

// The peer of these registrations is told of others all the same: nothing is lost.
TEST(RunProbe, MeetsALimitWithoutAFalseAlarm) {
  auto s = scenario("  - { at: 4s, kill: master }\n",
                    "  - { after: kill, first_answer: 1s }\n"
                    "  - { always: all }\n");
  s.tracker.max_contents_per_peer = 20;
  std::ostringstream trace;
  RunOptions options;
  options.trace = &trace;
  const auto result = run(s, 1, options);
  EXPECT_TRUE(result.passed()) << explain(result);
  EXPECT_GT(count(trace.str(), "\"event\":\"not_stored\""), 0u) << "the limit was not met";
}

}  // namespace
}  // namespace swarm::sim
