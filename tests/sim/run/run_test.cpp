#include "transport/sim/run/run.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "transport/sim/program/report.hpp"
#include "transport/sim/run/campaign.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

Scenario kill_the_master() {
  return parse_scenario(R"(
name: kill the master
duration: 3s
swarm:   { trackers: 3, peers: 10, contents: 3 }
tracker: { announce_interval: 1s }
network: { latency: 100us..300us, loss: 0..5% }
timeline:
  - { at: 1s..2s, kill: master, for: 300ms }
expect:
  - { after: kill, new_master: 500ms }
  - { after: kill, first_answer: 500ms }
  - { always: all }
)",
                        "kill.yaml");
}

std::string explain(const RunResult& result) {
  std::string out = result.failure ? result.failure->what + ": " + result.failure->text : "";
  for (const auto& verdict : result.verdicts) out += " " + verdict.text;
  return out;
}

TEST(Run, KillTheMaster) {
  const auto result = run(kill_the_master(), 7);
  EXPECT_TRUE(result.passed()) << explain(result);
  ASSERT_EQ(result.faults.size(), 1u);
  EXPECT_TRUE(result.faults[0].detection && result.faults[0].election && result.faults[0].service);
  EXPECT_GE(result.faults[0].at, 1s);
  EXPECT_LE(result.faults[0].at, 2s);
  EXPECT_GT(result.sometimes.at("certificates_used"), 0u);
}

// A majority of promisers whose clocks leap at once: the known limit (docs/FAILURE-MODEL.md).
TEST(Run, EndsAtABrokenInvariantAndSaysNothingOfTheOthers) {
  const auto scenario = parse_scenario(R"(
name: two leases
runs: 2
duration: 4s
swarm: { trackers: 3 }
timeline:
  - { at: 2s, partition: [[master], rest] }
  - { at: 2002ms, clock: { of: all-slaves, by: 10s } }
expect:
  - { always: all }
)",
                                       "leap.yaml");
  CampaignOptions options;
  options.runs = scenario.runs;
  const auto campaign = run_campaign(scenario, options);
  const auto json = nlohmann::json::parse(summary_json(scenario, campaign, 1));
  ASSERT_EQ(json["failures"].size(), 2u);
  std::size_t broken = 0;
  for (const auto& line : json["expectations"]) {
    const bool own = line["text"] == "always leases_never_overlap";
    EXPECT_EQ(line["held"], own ? "no" : "unseen") << line;
    if (own)
      EXPECT_EQ(line["runs_held"], 0u);
    else
      EXPECT_EQ(line["detail"], "no run came to its end");
    broken += own;
  }
  EXPECT_EQ(broken, 1u);
}

TEST(Run, WhatCanEndARunIsAmongAllInvariants) {
  const auto scenario = kill_the_master();
  for (const std::string name : {"own_state_is_sound", "no_assertion_fails"}) {
    bool listed = false;
    for (const auto& expectation : scenario.expect) listed = listed || expectation.name == name;
    EXPECT_TRUE(listed) << name << ": `always: all` names whatever can end a run";
  }
}

TEST(Run, TheSameSeedGivesTheSameBytes) {
  std::ostringstream first, second;
  RunOptions one, two;
  one.trace = &first, two.trace = &second;
  const auto a = run(kill_the_master(), 7, one);
  const auto b = run(kill_the_master(), 7, two);
  EXPECT_EQ(a.fingerprint, b.fingerprint);
  EXPECT_EQ(a.events, b.events);
  EXPECT_FALSE(first.str().empty());
  EXPECT_EQ(first.str(), second.str());
}

TEST(Run, LookingChangesNothing) {
  std::ostringstream trace;
  RunOptions looking;
  looking.trace = &trace;
  looking.timeline = true;
  EXPECT_EQ(run(kill_the_master(), 7).fingerprint, run(kill_the_master(), 7, looking).fingerprint);
}

TEST(Run, AnotherSeedIsAnotherRun) {
  EXPECT_NE(run(kill_the_master(), 7).fingerprint, run(kill_the_master(), 8).fingerprint);
}

TEST(Run, TheTimelineHasRolesFaultsAndAnswers) {
  RunOptions options;
  options.timeline = true;
  const auto result = run(kill_the_master(), 7, options);
  std::map<std::string, int> kinds, roles;
  for (const auto& row : result.timeline) {
    ++kinds[row.kind];
    if (row.kind == "role") ++roles[row.label];
  }
  EXPECT_EQ(kinds["fault"], 1);
  EXPECT_GE(roles["master"], 2);  // before and after
  EXPECT_GE(roles["down"], 1);
  EXPECT_GT(kinds["answers"], 100);
}

TEST(Run, IsInterruptedBetweenEvents) {
  const std::atomic<bool> interrupted{true};
  RunOptions options;
  options.interrupted = &interrupted;
  const auto result = run(kill_the_master(), 7, options);
  EXPECT_TRUE(result.interrupted);
  EXPECT_FALSE(result.passed());
}

TEST(Run, AnExpectationThatCannotHoldFails) {
  auto scenario = kill_the_master();
  scenario.expect.front().within = 1ns;
  const auto result = run(scenario, 7);
  EXPECT_FALSE(result.passed());
  EXPECT_FALSE(result.failure);
  EXPECT_EQ(result.verdicts.front().held, Held::no);
}

TEST(Run, ASwarmWhoseMajorityIsDeadHasNoMaster) {
  const auto result = run(parse_scenario(R"(
name: the majority dies
duration: 4s
swarm: { trackers: 3, peers: 3 }
timeline:
  - { at: 1s, crash: majority }
expect:
  - { after: crash, no_master: 200ms }
  - { after: crash, new_master: 2s }
)",
                                         "majority.yaml"),
                          1);
  EXPECT_EQ(result.verdicts[0].held, Held::yes) << explain(result);
  EXPECT_EQ(result.verdicts[1].held, Held::no);
}

TEST(Run, NoMasterWhileAMajorityIsDownForAWhile) {
  const auto result = run(parse_scenario(R"(
name: the majority is down for two seconds
duration: 6s
timeline:
  - { at: 1s, crash: majority, for: 2s }
expect:
  - { after: crash, no_master: 200ms }
)",
                                         "majority.yaml"),
                          1);
  EXPECT_EQ(result.verdicts[0].held, Held::yes) << explain(result);
}

TEST(Run, AClientMeetsAFaultWhileThatLasts) {
  const auto result = run(parse_scenario(R"(
duration: 20s
swarm:   { trackers: 3 }
clients: { count: 60, kinds: [libtorrent, lftp], arrive: 1s..19s, trackers: rotated }
timeline:
  - { at: 1s, hand-over: master }
  - { at: 5s, crash: any-slave, for: 2s, name: dark }
)",
                                         "dark.yaml"),
                          1);
  std::size_t met = 0, came_before = 0;
  for (const auto& one : result.clients) {
    const bool meets = one.wanted <= 7s && one.answered.value_or(one.until) >= 5s;
    EXPECT_EQ(one.fault, meets ? "dark" : "") << one.client << " at " << one.wanted / 1ms;
    met += meets ? 1 : 0;
    came_before += one.wanted < 5s ? 1 : 0;
  }
  EXPECT_GT(met, 0u);
  EXPECT_GT(came_before, 0u);
  EXPECT_LT(met + came_before, result.clients.size());  // others came when it was over
}

TEST(Run, CountsTheDisksThatHung) {
  const auto result = run(parse_scenario(R"(
name: nobody has anything to write
duration: 4s
timeline:
  - { at: 1s, disk: { of: all-slaves, hang: true }, for: 1s }
)",
                                         "hang.yaml"),
                          1);
  EXPECT_EQ(result.sometimes.at("disks_hung"), 2u);
}

TEST(Run, TellsWhatCouldNotHappen) {
  const auto scenario = parse_scenario(R"(
name: nobody is there to kill
duration: 4s
timeline:
  - { at: 1s, crash: t2 }
  - { at: 2s, kill: t2 }
expect:
  - { after: kill, same_master: 1s }
)",
                                       "nobody.yaml");
  const auto result = run(scenario, 1);
  ASSERT_EQ(result.not_happened.size(), 1u);
  EXPECT_EQ(result.not_happened[0].why, "t2 was down");
  EXPECT_EQ(result.verdicts[0].held, Held::not_asked);
}

TEST(Run, WithoutPeersAndFaultsNothingFails) {
  const auto result =
      run(parse_scenario("name: idle\nduration: 2s\nexpect: [{ always: all }]\n", "idle.yaml"), 1);
  EXPECT_TRUE(result.passed()) << explain(result);
}

TEST(Campaign, TheNumberOfThreadsChangesNothing) {
  CampaignOptions one, three;
  one.seed = three.seed = 5;
  one.runs = three.runs = 5;
  three.jobs = 3;
  const auto scenario = kill_the_master();
  const auto a = run_campaign(scenario, one), b = run_campaign(scenario, three);
  EXPECT_EQ(failover_csv(a), failover_csv(b));
  EXPECT_EQ(timeline_csv(a), timeline_csv(b));
  EXPECT_EQ(a.fingerprint(), b.fingerprint());
  EXPECT_EQ(a.runs.size(), 5u);
  EXPECT_EQ(a.runs.back().seed, 9u);
}

TEST(Campaign, MeasuresTheMemoryOfALargeSwarmWhateverTheNumberOfThreads) {
  const auto scenario = parse_scenario(
      "name: large\nduration: 3s\nswarm: { trackers: 3, peers: 2000, contents: 40 }\n",
      "large.yaml");
  for (const unsigned jobs : {1u, 2u}) {
    CampaignOptions options;
    options.runs = 2;
    options.jobs = jobs;
    const auto campaign = run_campaign(scenario, options);
    const auto& memory = campaign.runs.front().memory;
    ASSERT_TRUE(memory) << jobs;
    EXPECT_GT(memory->sqlite_bytes, 100'000u);
    EXPECT_GT(memory->rss_bytes, memory->sqlite_bytes);
    EXPECT_LT(memory->bytes_per_peer_without_sqlite, 100'000u);
    EXPECT_FALSE(campaign.runs.back().memory);
  }
}

TEST(Campaign, TellsItsProgress) {
  CampaignOptions options;
  options.runs = 3;
  options.jobs = 2;
  std::vector<std::uint32_t> done;
  options.progress = [&](const Progress& progress) { done.push_back(progress.done); };
  run_campaign(kill_the_master(), options);
  EXPECT_EQ(done, (std::vector<std::uint32_t>{1, 2, 3}));
}

TEST(Campaign, WithoutTheFaultThatIsMeasuredNothingIsSaid) {
  auto scenario = kill_the_master();
  scenario.timeline.clear();
  const auto campaign = run_campaign(scenario, {});
  EXPECT_TRUE(campaign.measures_nothing);
  EXPECT_TRUE(campaign.inconclusive());
}

TEST(Variants, AreAllCombinations) {
  const auto all = variants(kill_the_master(), {"tracker.promise=30ms,60ms", "swarm.peers=1,2"});
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].name(), "tracker.promise=30ms,swarm.peers=1");
  EXPECT_EQ(all[3].name(), "tracker.promise=60ms,swarm.peers=2");
  EXPECT_EQ(all[3].scenario.tracker.promise, 60ms);
  EXPECT_EQ(all[3].scenario.swarm.peers, 2u);
  EXPECT_THROW(variants(kill_the_master(), {"tracker.promise"}), std::invalid_argument);
  EXPECT_THROW(variants(kill_the_master(), {"tracker.promise=soon"}), ScenarioError);
  EXPECT_THROW(variants(kill_the_master(), {"tracker.promise=30ms,30ms"}), std::invalid_argument);
  EXPECT_THROW(variants(kill_the_master(), {"swarm.peers=1", "swarm.peers=2"}),
               std::invalid_argument);
}

}  // namespace
}  // namespace swarm::sim
