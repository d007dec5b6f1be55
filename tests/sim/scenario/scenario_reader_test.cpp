// What the reader of scenarios makes of what is right.
#include "transport/sim/scenario/scenario_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/scenario/scenario_texts.hpp"
#include "transport/sim/scenario/scenario_names.hpp"

namespace swarm::sim::texts {
namespace {

using testing::ElementsAre;

TEST(ScenarioReader, ReadsTheExampleOfTheDocumentation) {
  const Scenario s = parse_scenario(whole, "x.yaml");
  EXPECT_EQ(s.name, "crash the master, then split the swarm");
  EXPECT_EQ(s.file, "x.yaml");
  EXPECT_EQ(s.seed, 42u);
  EXPECT_EQ(s.runs, 100u);
  EXPECT_EQ(s.duration, 40s);
  EXPECT_EQ(s.swarm.trackers, 5u);
  EXPECT_EQ(s.swarm.peers, 200u);
  EXPECT_EQ(s.tracker.keep_alive, 25ms);
  EXPECT_EQ(s.tracker.announce_interval, 5s);
  EXPECT_EQ(s.tracker.drawn_min, 12ms);
  EXPECT_EQ(s.tracker.drawn_max, 24ms);
  EXPECT_EQ(s.tracker.ready, ReadyPolicy::in_sync);
  EXPECT_EQ(s.network.latency.min, 100us);
  EXPECT_EQ(s.network.latency.mean, 300us);
  EXPECT_EQ(s.network.latency.max, 3100us);
  EXPECT_EQ(s.network.loss.high, 20'000u);
  EXPECT_EQ(s.network.duplicate.low, 1'000u);
}

TEST(ScenarioReader, ReadsTheTimeline) {
  const auto timeline = parse_scenario(whole, "x.yaml").timeline;
  ASSERT_EQ(timeline.size(), 4u);
  EXPECT_EQ(timeline[0].kind, Action::Kind::crash);
  EXPECT_EQ(timeline[0].who.kind, Who::Kind::master);
  EXPECT_EQ(timeline[0].lasting->low, 5s);
  EXPECT_EQ(timeline[0].label, "crash");
  EXPECT_EQ(timeline[0].place.line, 9);
  ASSERT_EQ(timeline[1].groups.size(), 2u);
  EXPECT_EQ(timeline[1].groups[0].size(), 2u);
  EXPECT_EQ(timeline[1].groups[1][0].kind, Who::Kind::rest);
  EXPECT_EQ(timeline[2].at.high, 26s);
  EXPECT_EQ(timeline[2].label, "noise");
  EXPECT_EQ(timeline[2].network->loss.low, 200'000u);
  EXPECT_EQ(timeline[2].network->duplicate.low, 1'000u) << "what it does not name stays";
  EXPECT_EQ(timeline[3].kind, Action::Kind::heal);
}

TEST(ScenarioReader, ReadsRandomFaults) {
  const auto random = parse_scenario(R"(
name: x
duration: 30s
network: { loss: 3% }
swarm: { trackers: 3, standby: 2 }
random:
  every: { start: 2s, remove: 3s, network: 4s }
  network: { reorder: 50%, reorder_by: 200ms }
  most_down: 2
)",
                                     "x.yaml")
                          .random.value();
  EXPECT_EQ(random.every.at(Action::Kind::start), 2s);
  EXPECT_EQ(random.every.at(Action::Kind::remove), 3s);
  EXPECT_EQ(random.every.at(Action::Kind::network), 4s);
  EXPECT_EQ(random.network->reorder_by, 200ms);
  EXPECT_EQ(random.network->loss.low, 30'000u) << "what it does not name stays";
  EXPECT_EQ(random.from_to.high, 20s);
}

TEST(ScenarioReader, ReadsTheExpectations) {
  const Scenario s = parse_scenario(whole, "x.yaml");
  std::vector<std::string> texts;
  for (const auto& e : s.expect) texts.push_back(to_text(e));
  EXPECT_THAT(
      texts,
      ElementsAre("after crash: new master within 500ms",
                  "after partition: new master within 500ms in the majority",
                  "after heal: same database within 3s", "after crash: service gap p50 <= 2ms",
                  "after crash: service gap p99 <= 10ms", "after heal: 5 members within 5s",
                  "after crash: at most 3 unanswered at the first sending",
                  "always one_master_per_term", "always only_master_answers",
                  "always no_lost_registration", "sometimes elections_contested"));
  EXPECT_THAT(s.measure_from, ElementsAre("crash"));
}

TEST(ScenarioReader, ActionsHaveAShortForm) {
  const auto timeline = parse_scenario(whole, "x.yaml").timeline;
  EXPECT_EQ(to_text(timeline[0]), "crash master at 10s for 5s");
  EXPECT_EQ(to_text(timeline[1]), "partition [master, any-slave] | rest at 20s");
  EXPECT_EQ(to_text(timeline[2]), "noise: network changes loss at 25s..26s for 2s");
}

TEST(ScenarioReader, DefaultsFollowOtherKeys) {
  const Scenario s = parse_scenario(R"(
duration: 100s
swarm: { trackers: 5 }
tracker: { promise: 1s, keep_alive: 200ms }
timeline: [{ at: 2s, kill: master }]
expect: [{ after: kill, first_answer: 1s }, { always: all }]
random: { every: { crash: 10s } }
)",
                                    "folder/tidy-name.yaml");
  EXPECT_EQ(s.name, "tidy-name");
  EXPECT_EQ(s.tracker.bootstrap_expect, 5u);
  EXPECT_EQ(s.tracker.promise_max, 1s);
  EXPECT_THAT(s.measure_from, ElementsAre("kill"));
  EXPECT_EQ(s.expect.size(), 1 + invariants_of(s));
  EXPECT_EQ(s.random->from_to.low, 5s);
  EXPECT_EQ(s.random->from_to.high, 90s);
}

TEST(ScenarioReader, EveryActionCanBeWritten) {
  const Scenario s = parse_scenario(R"(
swarm: { trackers: 3, standby: 2 }
timeline:
  - { at: 1s, crash: master, for: 1s }
  - { at: 1s, kill: t2, for: 300ms }
  - { at: 1s, pause: any-slave, for: 1s }
  - { at: 1s, start: t4 }
  - { at: 1s, stop: successor }
  - { at: 1s, restart: all, for: 100ms..200ms }
  - { at: 1s, wipe: any-slave }
  - { at: 1s, hand-over: master }
  - { at: 1s, remove: t3 }
  - { at: 1s, leave: any-slave }
  - { at: 0s, partition: [majority, minority] }
  - { at: 1s, isolate: master }
  - { at: 1s, cut: { from: master, to: all-slaves } }
  - { at: 1s, disk: { of: master, hang: true }, for: 3s }
  - { at: 1s, name: slow, disk: { of: all-slaves, sync: 5ms..20ms } }
  - { at: 1s, network: { latency: 1ms, bandwidth: 10Mbit/s } }
  - { at: 1s, heal: all }
  - { at: 1s, damage: seed }
  - { at: 1s, clock: { of: t1, by: -1s } }
  - { at: 1s, copy: any-slave }
  - { at: 1s, files: { of: any-slave, lost: log } }
  - { at: 1s, clone: { of: t2, on: t5 } }
  - { at: 1s, replay: { what: [KA, PREPARE], from: master, every: 10ms }, for: 1s }
recorder: { hears: all }
exchange:
  contents: [{ name: film, size: 1MiB }]
  peers: [{ name: seed, has: all }]
)",
                                    "x.yaml");
  std::set<Action::Kind> seen;
  for (const auto& action : s.timeline) seen.insert(action.kind);
  EXPECT_EQ(seen.size(), action_names().size());
  EXPECT_EQ(to_text(s.timeline[14]), "slow: disk of all-slaves syncs in 5ms..20ms at 1s");
}

}  // namespace
}  // namespace swarm::sim::texts
