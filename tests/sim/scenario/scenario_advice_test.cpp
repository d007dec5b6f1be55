#include "transport/sim/scenario/scenario_advice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "transport/sim/run/campaign.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Scenario with(const std::string& latency, const std::string& settings = "") {
  return parse_scenario(
      "runs: 2\nduration: 12s\nswarm: { trackers: 3 }\nnetwork: { latency: " + latency +
          " }\ntracker: { " + settings + " }\ntimeline:\n  - { at: 10s, kill: master }\n",
      "x.yaml");
}
// In how many of two runs there is a master between 5 and 10 s.
std::size_t elected(const Scenario& scenario) {
  CampaignOptions how;
  how.runs = scenario.runs;
  std::size_t runs = 0;
  for (const auto& run : run_campaign(scenario, how).runs) runs += run.not_happened.empty() ? 1 : 0;
  return runs;
}

TEST(ScenarioAdvice, OfALanThereIsNone) {
  EXPECT_THAT(advice(with("100us..300us")), ElementsAre());
  EXPECT_THAT(advice(with("12ms")), ElementsAre());
  EXPECT_EQ(elected(with("12ms")), 2u);
}

TEST(ScenarioAdvice, ARoundTripThatIsTooLongForAnElectionIsToldWithWhatHelps) {
  const auto scenario = with("75ms..85ms");
  EXPECT_EQ(elected(scenario), 0u);
  EXPECT_THAT(
      advice(scenario),
      ElementsAre(
          HasSubstr("a round trip takes 150ms at least in this network, and a term is given "
                    "up after 90ms (three times vote_retry): no master is elected; write "
                    "tracker: { vote_retry_min: 150ms, vote_retry_max: 300ms }, or more"),
          HasSubstr("after two round trips, 300ms at least in this network, and gives up "
                    "after a promise of 50ms: one election may follow the other; write "
                    "tracker: { promise: 450ms }, or more")));
  const auto helped =
      with("75ms..85ms", "vote_retry_min: 150ms, vote_retry_max: 300ms, promise: 450ms");
  EXPECT_THAT(advice(helped), ElementsAre());
  EXPECT_EQ(elected(helped), 2u);
}

// A term waits for disks as slow as the own.
TEST(ScenarioAdvice, SlowDisksAloneNeedNone) {
  auto scenario = with("100us");
  set_key(scenario, "disk.sync", "550ms");
  EXPECT_THAT(advice(scenario), ElementsAre());
}

// Nor is a term over before its votes are written: the sync is no part of it.
TEST(ScenarioAdvice, SlowDisksInAWideNetworkNeedNone) {
  auto scenario = with("42ms", "promise: 500ms, keep_alive: 100ms");
  set_key(scenario, "disk.sync", "10ms");
  EXPECT_THAT(advice(scenario), ElementsAre());
  EXPECT_EQ(elected(scenario), 2u);
}

TEST(ScenarioAdvice, NoValueIsNamedThatNoKeyTakes) {
  EXPECT_THAT(advice(with("2min")),
              ElementsAre(HasSubstr("no setting helps"), HasSubstr("no setting helps")));
}

TEST(ScenarioAdvice, OneTrackerNeedsNone) {
  auto scenario = with("80ms");
  scenario.swarm.trackers = 1;
  EXPECT_THAT(advice(scenario), ElementsAre());
}

}  // namespace
}  // namespace swarm::sim
