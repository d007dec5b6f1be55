#include "transport/sim/scenario/scenario_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "engine/base/random.hpp"
#include "engine/tracker/settings_keys.hpp"
#include "transport/sim/scenario/client_habits.hpp"
#include "transport/sim/scenario/scenario_names.hpp"

namespace swarm::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// What the reader says of a text; empty when it takes it.
std::string complaint(const std::string& text) {
  try {
    parse_scenario(text, "x.yaml");
    return "";
  } catch (const ScenarioError& error) {
    return error.what();
  }
}

std::string complaint_of_key(Scenario& scenario, const std::string& key, const std::string& value) {
  try {
    set_key(scenario, key, value);
    return "";
  } catch (const ScenarioError& error) {
    return error.what();
  }
}

// How many `always: all` is.
std::size_t invariants_of(const Scenario& scenario) {
  std::size_t count = 0;
  for (const auto& name : invariant_names())
    count += (!scenario.exchange.peers.empty() || !is_of_exchange(name)) &&
             (scenario.clients.count > 0 || !is_of_clients(name));
  return count;
}

constexpr auto whole = R"(name: crash the master, then split the swarm
seed: 42
runs: 100                     # seeds 42..141, pooled
duration: 40s
swarm:   { trackers: 5, peers: 200, contents: 20 }
tracker: { keep_alive: 25ms, announce_interval: 5s, drawn: 12ms..24ms, ready: in-sync }
network: { latency: { min: 100us, mean: 300us }, loss: 2%, duplicate: 0.1% }
timeline:
  - { at: 10s, crash: master, for: 5s }
  - { at: 20s, partition: [[master, any-slave], rest] }
  - { at: 25s..26s, name: noise, network: { loss: 20% }, for: 2s }
  - { at: 30s, heal: all }
expect:
  - { after: crash,     new_master: 500ms }
  - { after: partition, new_master: 500ms, in: majority }
  - { after: heal,      same_database: 3s }
  - { after: crash,     service: { p50: 2ms, p99: 10ms } }
  - { after: heal,      members: 5, within: 5s }
  - { after: crash,     unanswered: 3 }
  - { always: [one_master_per_term, only_master_answers, no_lost_registration] }
  - { sometimes: elections_contested }
measure:
  - { failover: { from: crash, to: first_answer } }
)";

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

// --- what is refused ---------------------------------------------------------------------------

TEST(ScenarioReader, UnknownKeysAreRefusedWithASuggestion) {
  EXPECT_EQ(complaint("duraton: 4s"),
            "x.yaml:1:1: unknown key `duraton`, did you mean `duration`?");
  EXPECT_EQ(complaint("tracker: { keep-alive: 4ms }"),
            "x.yaml:1:12: tracker: unknown key `keep-alive`, did you mean `keep_alive`?");
  EXPECT_THAT(complaint("timeline: [{ at: 1s, crsh: master }]"),
              HasSubstr("x.yaml:1:22: timeline: unknown key `crsh`, did you mean `crash`?"));
  EXPECT_THAT(complaint("expect: [{ alwys: all }]"), HasSubstr("did you mean `always`?"));
  EXPECT_THAT(complaint("expect: [{ always: one_master }]"),
              HasSubstr("unknown name `one_master`"));
}

TEST(ScenarioReader, AKeyOfAnotherPartIsSentThere) {
  EXPECT_EQ(complaint("swarm: { trackers: 3 }\npromise: 30ms"),
            "x.yaml:2:1: unknown key `promise`, it belongs in `tracker`");
  EXPECT_THAT(complaint("tracker: { trackers: 3 }"),
              HasSubstr("it belongs in `clients` or `swarm`"));
  EXPECT_THAT(complaint("swarm: { runs: 3 }"), HasSubstr("it belongs in the top of the file"));
  EXPECT_THAT(complaint("every: 3s"), HasSubstr("it belongs in `probe` or `random`"));
  EXPECT_THAT(complaint("timeline: [{ at: 1s, crash: master, runs: 3 }]"),
              HasSubstr("unknown key `runs`"));
}

TEST(ScenarioReader, AllMistakesAreToldAtOnce) {
  EXPECT_EQ(complaint("expect:\n"
                      "  - { after: kill, first_anser: 4s }\n"
                      "timeline:\n"
                      "  - { at: 2s, crsh: master }\n"
                      "  - { at: 3s, kill: mster }\n"
                      "  - { at: 4, pause: t9 }\n"
                      "swarm: { trackers: x, colour: red }\n"
                      "random: { every: { crash: 5 } }\n"),
            "x.yaml:2:20: expect: unknown key `first_anser`, did you mean `first_answer`?\n"
            "x.yaml:4:15: timeline: unknown key `crsh`, did you mean `crash`?\n"
            "x.yaml:5:21: timeline.kill: `mster` is neither a tracker (t1, t2, ...) nor a role, "
            "did you mean `master`?\n"
            "x.yaml:6:11: timeline.at: `4` has no unit, write 4s (ns, us, ms, s, min, h)\n"
            "x.yaml:7:20: swarm.trackers: `x` is not a whole number (digits only)\n"
            "x.yaml:7:23: swarm: unknown key `colour`, known are trackers, standby, peers, "
            "contents, contents_per_peer, peers_from, arrive_within, ask_one, rejoin, churn, "
            "silent_from, reap\n"
            "x.yaml:8:27: random.every.crash: `5` has no unit, write 5s (ns, us, ms, s, min, h)");
}

TEST(ScenarioReader, OfManyMistakesTenAreTold) {
  std::string text = "timeline:\n";
  for (int i = 0; i < 1000; ++i) text += "  - { at: 2s, crsh: master }\n";
  const auto told = complaint(text);
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 9);
}

TEST(ScenarioReader, ACommaInANumberIsNamed) {
  EXPECT_EQ(complaint("swarm: { peers: 1,000 }"),
            "x.yaml:1:19: swarm: unknown key `000`: a comma begins another key, write peers: 1000");
}

TEST(ScenarioReader, ATabThatIndentsIsNamed) {
  EXPECT_EQ(complaint("swarm:\n\tpeers: 10\n"),
            "x.yaml:2:1: a tab indents this line, and YAML wants blanks");
  EXPECT_EQ(complaint("name: x\t# tabs elsewhere are no fault\n\t\nruns: 2\n"), "");
  EXPECT_THAT(complaint("seed: [1\n"), HasSubstr("this [ is not closed"));
  EXPECT_THAT(complaint("description: |\n  a\n  \tb\nname: x\nruns: 2\nseed: [1\n"),
              StartsWith("x.yaml:6:7: this [ is not closed"));
}

TEST(ScenarioReader, AQuoteThatIsNotClosedIsNamed) {
  EXPECT_EQ(complaint("name: \"open\nruns: 3\nswarm: { trackers: 5 }\n\"\n"),
            "x.yaml:1:7: this \" is not closed on its line; a text of several lines begins with "
            "`>-`");
  EXPECT_THAT(complaint("runs: 2\nname: 'open\nseed: 3\n'\n"),
              StartsWith("x.yaml:2:7: this ' is not closed"));
  EXPECT_EQ(complaint("name: \"a \\\" b: 'c'\"\nruns: 2\n"), "");
  EXPECT_EQ(complaint("name: 'it''s'\nruns: 2\n"), "");
}

TEST(ScenarioReader, RepeatedKeysAreRefused) {
  EXPECT_EQ(complaint("seed: 1\nruns: 2\nseed: 3\n"),
            "x.yaml:3:1: the key `seed` is repeated, it was on line 1 before");
  EXPECT_THAT(complaint("network: { loss: 1%, loss: 2% }"), StartsWith("x.yaml:1:22: "));
}

TEST(ScenarioReader, MissingUnitsAreRefused) {
  EXPECT_EQ(complaint("duration: 40"),
            "x.yaml:1:11: duration: `40` has no unit, write 40s (ns, us, ms, s, min, h)");
  EXPECT_THAT(complaint("network: { loss: 0.2 }"), HasSubstr("network.loss: `0.2` has no unit"));
}

TEST(ScenarioReader, WrongTypesAreRefused) {
  EXPECT_THAT(complaint("swarm: 5"), HasSubstr("a map of keys is wanted"));
  EXPECT_THAT(complaint("seed: [1]"), HasSubstr("a single value is wanted, not a list"));
  EXPECT_THAT(complaint("seed:"), HasSubstr("there is no value"));
  EXPECT_THAT(complaint("name: \"two\\nlines\""), HasSubstr("a name has one line"));
  EXPECT_THAT(complaint("timeline: soon"), HasSubstr("a list is wanted"));
  EXPECT_THAT(complaint("- a\n- b"), HasSubstr("a map of keys is wanted"));
  EXPECT_THAT(complaint("tracker: { pre_vote: maybe }"), HasSubstr("neither true nor false"));
  EXPECT_THAT(complaint("tracker: { election: ranke }"), HasSubstr("did you mean `ranked`?"));
}

TEST(ScenarioReader, NumbersOutOfRangeAreRefused) {
  EXPECT_THAT(complaint("swarm: { trackers: 0 }"), HasSubstr("must be within 1..16"));
  EXPECT_THAT(complaint("swarm: { trackers: 10, standby: 10 }"), HasSubstr("more than 16"));
  EXPECT_THAT(complaint("runs: 0"), HasSubstr("out of range"));
  EXPECT_THAT(complaint("network: { loss: 120% }"), HasSubstr("must be within 0%..100%"));
  EXPECT_THAT(complaint("tracker: { keep_alive: 0s }"), HasSubstr("must be within 100us..60s"));
  EXPECT_THAT(complaint("duration: 0s"), HasSubstr("out of range"));
}

TEST(ScenarioReader, SettingsThatContradictEachOtherAreRefused) {
  EXPECT_EQ(complaint("tracker:\n  keep_alive: 80ms\n"),
            "x.yaml:2:15: a promise of 50ms must be longer than the keep-alive of 80ms");
  EXPECT_EQ(
      complaint("tracker:\n  ready: in-sync\n  in_sync_limit: 15ms\n"),
      "x.yaml:3:18: in_sync_limit 15ms is less than twice the keep_alive of 10ms: members that "
      "live would leave the in-sync set and come back for ever");
  EXPECT_EQ(
      complaint("tracker:\n  ready: in-sync\ndisk:\n  sync: 1ms..300ms\n"),
      "x.yaml:4:9: sync takes up to 300ms, and in_sync_limit is 300ms: members that live would "
      "leave the in-sync set and come back for ever");
  EXPECT_EQ(complaint("tracker: { in_sync_limit: 15ms }\ndisk: { sync: 1s }"), "");
  EXPECT_THAT(complaint("tracker: { first_start: manual }"), HasSubstr("nobody in a simulation"));
  EXPECT_THAT(complaint("swarm: { contents: 2, contents_per_peer: 3 }"),
              HasSubstr("more than there are contents"));
}

TEST(ScenarioReader, ImpossibleTimesAreRefused) {
  EXPECT_THAT(complaint("timeline: [{ at: 10s, crash: master }]"),
              HasSubstr("not before the end of the run (10s)"));
  EXPECT_THAT(complaint("timeline: [{ at: 9s, crash: master, for: 2s }]"),
              HasSubstr("after the end of the run"));
  EXPECT_THAT(complaint("timeline: [{ at: 3s..2s, crash: master }]"),
              HasSubstr("ends before it begins"));
  EXPECT_THAT(complaint("timeline: [{ at: -1s, crash: master }]"), HasSubstr("out of range"));
  EXPECT_THAT(complaint("timeline: [{ crash: master }]"), HasSubstr("has no time"));
  EXPECT_THAT(complaint("timeline: [{ at: 8s, heal: all }]\n"
                        "expect: [{ after: heal, same_database: 3s }]"),
              HasSubstr("the run ends at 10s"));
  EXPECT_EQ(complaint("probe: { before: 11s }"),
            "x.yaml:1:18: probe.before: 11s is longer than the run (10s)");
  EXPECT_THAT(complaint("probe: { tail: 11s }"), HasSubstr("longer than the run (10s)"));
  EXPECT_EQ(complaint("probe: { before: 10s, tail: 10s }"), "");
  EXPECT_EQ(complaint("probe: { every: -1s }"),
            "x.yaml:1:17: probe.every: `-1s` is out of range, it must be within 10us..1h");
  EXPECT_THAT(complaint("random: { every: { crash: 1s } }"), HasSubstr("do not fit"));
  EXPECT_THAT(complaint("random: { every: { network: 1s } }"),
              HasSubstr("what is the network like"));
  EXPECT_THAT(complaint("random: { every: { crash: 1s }, network: { loss: 5% } }"),
              HasSubstr("how often"));
}

TEST(ScenarioReader, ReferencesToNobodyAreRefused) {
  EXPECT_EQ(complaint("timeline: [{ at: 1s, crash: t9 }]\nswarm: { trackers: 5 }"),
            "x.yaml:1:29: there is no tracker t9, the scenario has t1..t5");
  EXPECT_THAT(complaint("timeline: [{ at: 1s, crash: mastr }]"),
              HasSubstr("did you mean `master`?"));
  EXPECT_THAT(complaint("timeline: [{ at: 1s, crash: t0 }]"), HasSubstr("neither a tracker"));
  EXPECT_THAT(complaint("timeline: [{ at: 1s, crash: master }]\n"
                        "expect: [{ after: crahs, first_answer: 1s }]"),
              HasSubstr("no action is named `crahs`, did you mean `crash`?"));
  EXPECT_THAT(complaint("measure: [crash]"), HasSubstr("no action is named `crash`"));
}

TEST(ScenarioReader, PartitionsMustMakeSense) {
  const auto split = [](const std::string& groups) {
    return complaint("swarm: { trackers: 5 }\ntimeline: [{ at: 1s, partition: " + groups + " }]");
  };
  EXPECT_EQ(split("[[t1, t2], [t3, t4, t5]]"), "");
  EXPECT_EQ(split("[[master], [all-slaves]]"), "");
  EXPECT_EQ(split("[master, [any-slave, any-slave], rest]"), "");
  EXPECT_EQ(split("[minority, rest]"), "");
  EXPECT_EQ(split("[master-side, rest]"), "");
  EXPECT_THAT(split("[[master, any-slave]]"), HasSubstr("at least two groups"));
  EXPECT_THAT(split("[[t1, t2], [t3]]"), HasSubstr("add the group `rest`"));
  EXPECT_THAT(split("[[t1, t2], [t1, t3], rest]"), HasSubstr("`t1` is in two places"));
  EXPECT_THAT(split("[[t1], []]"), HasSubstr("a group of nobody"));
  EXPECT_THAT(split("[[majority, t1], rest]"), HasSubstr("a group of its own"));
  EXPECT_THAT(split("[all, rest]"), HasSubstr("cannot be said"));
  EXPECT_THAT(split("[[t1, t2, t3, t4, master, any-slave], rest]"), HasSubstr("name 6 trackers"));
  EXPECT_THAT(split("rest"), HasSubstr("a list is wanted"));
}

TEST(ScenarioReader, ActionsThatSayTooMuchOrTooLittleAreRefused) {
  const auto action = [](const std::string& text) {
    return complaint("timeline: [{ at: 1s, " + text + " }]");
  };
  EXPECT_THAT(action("crash: master, kill: master"), HasSubstr("`crash` and `kill` in one line"));
  EXPECT_THAT(action("name: nothing"), HasSubstr("an action says nothing"));
  EXPECT_THAT(action("pause: master"), HasSubstr("needs a `for`"));
  EXPECT_THAT(action("hand-over: master, for: 1s"), HasSubstr("takes no `for`"));
  EXPECT_THAT(action("disk: { of: master }"), HasSubstr("either `hang: true` or `sync:"));
  EXPECT_THAT(action("disk: { hang: true }"), HasSubstr("add `of`"));
  EXPECT_THAT(action("cut: { from: master }"), HasSubstr("a cut needs both"));
  EXPECT_THAT(action("crash: rest"), HasSubstr("`crash` cannot be said of `rest`"));
  EXPECT_THAT(action("heal: master"), HasSubstr("`heal` cannot be said of `master`"));
}

TEST(ScenarioReader, WhatCannotHappenIsRefused) {
  const auto timeline = [](const std::string& text) {
    return complaint("swarm: { trackers: 3, standby: 1 }\ntimeline: [" + text + "]");
  };
  EXPECT_THAT(timeline("{ at: 1s, remove: master }"), HasSubstr("cannot take itself out"));
  for (const char* action :
       {"kill", "crash", "stop", "restart", "wipe", "hand-over", "remove", "leave"})
    EXPECT_THAT(timeline("{ at: 1s, " + std::string(action) + ": t4 }"),
                HasSubstr("t4 is on standby: no `start` comes before"));
  EXPECT_THAT(timeline("{ at: 1s, kill: t4 }, { at: 2s, start: t4 }"), HasSubstr("on standby"));
  EXPECT_EQ(timeline("{ at: 1s, start: t4 }, { at: 2s, kill: t4 }"), "");
  EXPECT_EQ(timeline("{ at: 1s, start: all }, { at: 2s, kill: t4 }"), "");
  EXPECT_EQ(timeline("{ at: 1s, kill: t3 }"), "");
  EXPECT_EQ(timeline("{ at: 1s, isolate: t4 }"), "");
}

TEST(ScenarioReader, NoMasterAfterTheEndOfItsFaultIsRefused) {
  const auto no_master = [](const std::string& action, const std::string& bound) {
    return complaint("timeline: [{ at: 1s, name: x, " + action +
                     " }]\nexpect: [{ after: x, no_master: " + bound + " }]");
  };
  EXPECT_EQ(no_master("crash: majority, for: 2s", "1s"), "");
  EXPECT_EQ(no_master("crash: majority", "2s"), "");
  EXPECT_THAT(no_master("crash: majority, for: 2s", "2s"), HasSubstr("over after 2s"));
  EXPECT_THAT(no_master("kill: majority", "1s"), HasSubstr("over after 1s"));
}

TEST(ScenarioReader, ExpectationsThatMakeNoSenseAreRefused) {
  const auto expectation = [](const std::string& text) {
    return complaint("timeline: [{ at: 1s, crash: master }]\nexpect: [{ " + text + " }]");
  };
  EXPECT_THAT(expectation("service: { p50: 1ms }"), HasSubstr("needs an `after`"));
  EXPECT_THAT(expectation("after: crash, service: {}"), HasSubstr("say `p50`"));
  EXPECT_THAT(expectation("after: crash, members: 3"), HasSubstr("add `within: 5s`"));
  EXPECT_THAT(expectation("after: crash, new_master: 1s, within: 2s"), HasSubstr("`within`"));
  EXPECT_THAT(expectation("after: crash, same_master: 1s, in: majority"), HasSubstr("`in`"));
  EXPECT_THAT(expectation("after: crash, always: all"), HasSubstr("without `after`"));
  EXPECT_THAT(expectation("sometimes: all"), HasSubstr("unknown name `all`"));
  EXPECT_THAT(expectation("always: [all, equal_digests]"), HasSubstr("expected twice"));
}

TEST(ScenarioReader, WhatIsNotYamlIsRefused) {
  EXPECT_EQ(complaint(""), "x.yaml:1:1: the file is empty");
  EXPECT_EQ(complaint("# only a comment\n"), "x.yaml:1:1: the file is empty");
  EXPECT_THAT(complaint("name: [unclosed"), StartsWith("x.yaml:1:7: this [ is not closed"));
  EXPECT_THAT(complaint("name: 'open\nseed: 1"), StartsWith("x.yaml:1:7: this ' is not closed"));
  EXPECT_THAT(complaint(std::string("na\0me: 1", 8)), HasSubstr("control character"));
  EXPECT_THAT(complaint("seed: 1\n---\nseed: 2\n"), HasSubstr("a second document"));
  EXPECT_THAT(complaint("name: &a x"), HasSubstr("anchors"));
  EXPECT_THAT(complaint("name: *a"), StartsWith("x.yaml:1:"));
  EXPECT_THAT(complaint("seed: !!int 1"), HasSubstr("tags"));
  EXPECT_THAT(complaint("[a]: 1"), HasSubstr("a key must be a word"));
  EXPECT_THAT(complaint("? {a: b}\n"), HasSubstr("a key must be a word"));
}

std::string repeated(const std::string& part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

TEST(ScenarioReader, BombsAreRefusedWithOneSentence) {
  const std::vector<std::string> bombs = {repeated("[", 100'000),
                                          repeated("{a: ", 100'000),
                                          repeated("- ", 300),
                                          repeated("- ", 500'000),
                                          repeated("[[[[\n", 50'000),
                                          repeated("a: {\n", 100'000),
                                          repeated("? ", 400),
                                          repeated("? ", 400'000),
                                          repeated("-\n ", 300'000),
                                          repeated("[]\n", 300'000),
                                          repeated("- x\n", 250'000),
                                          repeated("a: b\n", 200'000),
                                          repeated("'", 1'000'000),
                                          repeated("\"\n", 400'000),
                                          repeated("|\n", 400'000),
                                          repeated("a: |\n", 200'000),
                                          repeated("%\n", 400'000),
                                          repeated("---\n", 250'000),
                                          repeated("*a\n", 300'000),
                                          repeated("&a\n", 300'000),
                                          repeated("!!a\n", 200'000),
                                          repeated("x", 1'000'000),
                                          repeated("x\n", 500'000),
                                          repeated("\n", 1'000'000),
                                          repeated("\t", 900'000),
                                          repeated(": ", 500'000),
                                          repeated(",\n", 400'000),
                                          repeated("#", 900'000),
                                          repeated("\xff\xfe", 400'000),
                                          repeated("{a: [\n", 90),
                                          "name: [" + repeated("x,\n", 300'000) + "]"};
  for (const auto& bomb : bombs)
    EXPECT_THAT(complaint(bomb), StartsWith("x.yaml:")) << bomb.substr(0, 12);
}

TEST(ScenarioReader, DeepBlocksAreRefusedBeforeTheyAreReadDeep) {
  std::string text;
  for (std::size_t depth = 0; depth < 600; ++depth) text += std::string(depth, ' ') + "a:\n";
  EXPECT_THAT(complaint(text), HasSubstr("nested too deeply"));
}

TEST(ScenarioReader, TenMegabytesOfNoiseAreRefused) {
  Random random(1);
  std::string noise(10'000'000, ' ');
  for (char& c : noise) c = static_cast<char>(random.below(256));
  EXPECT_EQ(complaint(noise), "x.yaml:1:1: more than 1 MiB: this is no scenario");
  const auto path = std::filesystem::temp_directory_path() / "swarm-scenario-noise.yaml";
  std::ofstream(path, std::ios::binary) << noise;
  EXPECT_THROW(read_scenario(path.string()), ScenarioError);
  std::filesystem::remove(path);
}

TEST(ScenarioReader, DamagedScenariosNeverDoWorseThanAnError) {
  Random random(7);
  const std::string alphabet = "{}[]:,-&*!|>'\"%@`# \n\t0a\\?~.";
  int refused = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::string text = whole;
    for (std::uint64_t edits = 1 + random.below(4); edits > 0; --edits) {
      const auto at = static_cast<std::size_t>(random.below(text.size()));
      const auto c = alphabet[static_cast<std::size_t>(random.below(alphabet.size()))];
      if (random.below(2) == 0)
        text[at] = c;
      else
        text.insert(at, 1, c);
    }
    refused += complaint(text).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 1'000);
}

TEST(ScenarioReader, MissingFilesAndFoldersAreRefused) {
  EXPECT_THROW(read_scenario("/no/such/file.yaml"), ScenarioError);
  EXPECT_THROW(read_scenario("/"), ScenarioError);
}

// --- set_key -----------------------------------------------------------------------------------

TEST(SetKey, SetsScalarsOfEveryPart) {
  Scenario s = parse_scenario(whole, "x.yaml");
  set_key(s, "tracker.keep_alive", "5ms");
  set_key(s, "tracker.drawn", "150ms..155ms");
  set_key(s, "network.latency", "1ms..2ms");
  set_key(s, "network.latency", "200us");
  set_key(s, "swarm.peers", "7");
  set_key(s, "swarm.reap", "1ms..2ms");
  set_key(s, "disk.sync", "1ms..5ms");
  set_key(s, "disk.row", "10us");
  set_key(s, "cpu.step", "5us");
  set_key(s, "cpu.row", "2us");
  set_key(s, "duration", "50s");
  set_key(s, "seed", "9");
  EXPECT_EQ(s.tracker.keep_alive, 5ms);
  EXPECT_EQ(s.tracker.drawn_max, 155ms);
  EXPECT_EQ(s.network.latency.min, 200us);
  EXPECT_EQ(s.swarm.peers, 7u);
  EXPECT_EQ(s.swarm.reap.max, 2ms);
  EXPECT_EQ(s.disk.sync.max, 5ms);
  EXPECT_EQ(s.disk.row, 10us);
  EXPECT_EQ(s.cpu.step, 5us);
  EXPECT_EQ(s.cpu.row, 2us);
  EXPECT_EQ(s.duration, 50s);
  EXPECT_EQ(s.seed, 9u);
  EXPECT_EQ(s.timeline.size(), 4u);
}

TEST(SetKey, ActionsFollowTheNetworkInWhatTheyDoNotName) {
  Scenario s = parse_scenario(whole, "x.yaml");
  set_key(s, "network.loss", "1%");
  set_key(s, "network.duplicate", "3%");
  EXPECT_EQ(s.network.loss.low, 10'000u);
  EXPECT_EQ(s.timeline[2].network->loss.low, 200'000u);
  EXPECT_EQ(s.timeline[2].network->duplicate.low, 30'000u);
}

TEST(SetKey, DerivedDefaultsFollow) {
  Scenario s = parse_scenario(whole, "x.yaml");
  set_key(s, "swarm.trackers", "7");
  EXPECT_EQ(s.tracker.bootstrap_expect, 7u);
  set_key(s, "tracker.bootstrap_expect", "3");
  set_key(s, "swarm.trackers", "5");
  EXPECT_EQ(s.tracker.bootstrap_expect, 3u);
}

TEST(SetKey, SaysWhatIsWrongAndChangesNothing) {
  Scenario s = parse_scenario(whole, "x.yaml");
  EXPECT_EQ(complaint_of_key(s, "tracker.keep_alve", "5ms"),
            "tracker.keep_alve=5ms: tracker: unknown key `keep_alve`, did you mean `keep_alive`?");
  EXPECT_THAT(complaint_of_key(s, "tracker.keep_alive", "5"), HasSubstr("has no unit"));
  EXPECT_THAT(complaint_of_key(s, "tracker.keep_alive", "1s"), HasSubstr("must be longer"));
  EXPECT_THAT(complaint_of_key(s, "duration", "5s"), HasSubstr("not before the end of the run"));
  EXPECT_THAT(complaint_of_key(s, "swarm.trackers", "99"), HasSubstr("out of range"));
  EXPECT_THAT(complaint_of_key(s, "network", "2%"), HasSubstr("a map of keys"));
  EXPECT_THAT(complaint_of_key(s, "timeline", "none"), HasSubstr("a list is wanted"));
  EXPECT_THAT(complaint_of_key(s, "", "x"), HasSubstr("unknown key"));
  EXPECT_THAT(complaint_of_key(s, "a.b.c.d.e.f", "x"), HasSubstr("no such key"));
  EXPECT_EQ(s.tracker.keep_alive, 25ms);
  EXPECT_EQ(s.duration, 40s);
}

// --- the table of the trackers' settings ---------------------------------------------------------

TEST(TrackerSettingsKeys, EveryDefaultIsWithinItsOwnBounds) {
  for (const auto& key : tracker_settings_keys()) {
    TrackerSettings settings;
    const std::string text = tracker_setting_text(settings, key);
    const auto set = set_tracker_setting(settings, key, text);
    EXPECT_TRUE(set) << key.name << ": " << set.error();
    EXPECT_EQ(tracker_setting_text(settings, key), text);
    EXPECT_TRUE(key.meaning.ends_with('.')) << key.name;
  }
  EXPECT_TRUE(find_conflict(TrackerSettings{}).key.empty());
}

TEST(TrackerSettingsKeys, AreFoundByName) {
  ASSERT_NE(find_tracker_settings_key("keep_alive"), nullptr);
  EXPECT_EQ(find_tracker_settings_key("cluster_address"), nullptr);
}

// --- the shipped files ---------------------------------------------------------------------------

std::vector<std::filesystem::path> shipped() {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path folder = std::filesystem::path(SWARM_SOURCE_DIR) / "scenarios";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  return files;
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ShippedScenarios, AreReadAndAlwaysExpectEveryInvariantAndTheSameDatabase) {
  ASSERT_GE(shipped().size(), 20u);
  for (const auto& path : shipped()) {
    const Scenario s = read_scenario(path.string());
    std::size_t always = 0, same = 0;
    for (const auto& e : s.expect) {
      always += e.kind == Expectation::Kind::always;
      same += e.kind == Expectation::Kind::same_database;
      same += e.kind == Expectation::Kind::complete;  // where contents are what it is about
    }
    // The one in which something acknowledged is lost, and a database stays another: its
    // description says why.
    if (path.filename() == "rolled-back-unnoticed.yaml") {
      EXPECT_EQ(always, 6u) << path;
      continue;
    }
    EXPECT_EQ(always, invariants_of(s)) << path;
    // A comparison of elections alone has no rows to compare.
    const bool elections = path.parent_path().filename() == "raft-figure-16";
    EXPECT_GE(same, elections ? 0u : 1u) << path;
  }
}

TEST(ShippedScenarios, NameTheirSchema) {
  for (const auto& path : shipped())
    EXPECT_THAT(content_of(path), StartsWith("# yaml-language-server: $schema=")) << path;
}

TEST(ShippedScenarios, AreAllInTheDocumentation) {
  const auto documentation =
      content_of(std::filesystem::path(SWARM_SOURCE_DIR) / "docs" / "SCENARIOS.md");
  for (const auto& path : shipped())
    EXPECT_THAT(documentation, HasSubstr(path.stem().string())) << path;
}

// What is said of peers in cuts, and of clocks.
TEST(ScenarioReader, CutsOfPeersAndClocks) {
  const auto one = [](const std::string& action) {
    return complaint("duration: 20s\nswarm: { trackers: 3 }\ntimeline:\n  - { at: 1s, " + action +
                     " }\n");
  };
  for (const char* good :
       {"cut: { from: peers, to: master }", "cut: { from: peers, to: all, group: true }, for: 2s",
        "cut: { from: t1, to: peers }", "pause: { of: master, clock: frozen }, for: 1s",
        "pause: { of: t2 }, for: 1s", "clock: { of: master, by: -10s..5s }"})
    EXPECT_EQ(one(good), "") << good;
  EXPECT_THAT(one("cut: { from: peers, to: peers }"), HasSubstr("from or to trackers"));
  EXPECT_THAT(one("cut: { from: t1, to: t2, group: true }"), HasSubstr("what `peers` send"));
  EXPECT_THAT(one("cut: { from: t1 }"), HasSubstr("needs both"));
  EXPECT_THAT(one("crash: peers"), HasSubstr("cannot be said of `peers`"));
  EXPECT_THAT(one("pause: { of: t1, clock: forzen }, for: 1s"), HasSubstr("frozen"));
  EXPECT_THAT(one("pause: { clock: frozen }, for: 1s"), HasSubstr("add `of`"));
  EXPECT_THAT(one("clock: { of: t1 }"), HasSubstr("add `by"));
  EXPECT_THAT(one("clock: { of: t1, by: 1s }, for: 1s"), HasSubstr("takes no `for`"));
}

// A row behind an empty line begins a table, which needs a second line `|---`.
TEST(Documentation, HasNoRowWithoutItsTable) {
  std::istringstream in(
      content_of(std::filesystem::path(SWARM_SOURCE_DIR) / "docs" / "SCENARIOS.md"));
  std::string line, before, two_before;
  for (; std::getline(in, line); two_before = std::exchange(before, line)) {
    const bool begins = two_before.empty() && before.starts_with("|");
    EXPECT_TRUE(!begins || line.starts_with("|---")) << before;
  }
}

TEST(Documentation, NamesEveryWordOfTheReader) {
  const auto documentation =
      content_of(std::filesystem::path(SWARM_SOURCE_DIR) / "docs" / "SCENARIOS.md");
  const auto expect = [&](std::string_view word) {
    EXPECT_THAT(documentation, HasSubstr("`" + std::string(word) + "`"));
  };
  for (const auto& [name, kind] : action_names()) expect(name);
  for (const auto& [name, kind] : role_names()) expect(name);
  for (const auto& [name, kind] : expectation_names()) expect(name);
  for (const auto& name : invariant_names()) expect(name);
  for (const auto& name : counter_names()) expect(name);
  for (const auto& habits : client_habits()) expect(habits.kind);
  const TrackerSettings defaults;
  for (const auto& key : tracker_settings_keys())
    EXPECT_THAT(documentation,
                HasSubstr("| `" + std::string(key.name) + "` | " + std::string(key.unit) + " | " +
                          tracker_setting_text(defaults, key) + " | " + std::string(key.meaning)));
}

TEST(Schema, KnowsTheSameWords) {
  const auto schema = nlohmann::json::parse(
      content_of(std::filesystem::path(SWARM_SOURCE_DIR) / "scenarios" / "scenario.schema.json"));
  const auto words = [](const nlohmann::json& object) {
    std::set<std::string> keys;
    for (const auto& [key, value] : object.items()) keys.insert(key);
    return keys;
  };
  std::set<std::string> settings, actions{"at", "for", "name"},
      expectations{"after", "within", "in", "at_most"};
  for (const auto& key : tracker_settings_keys()) settings.insert(std::string(key.name));
  for (const auto& [name, kind] : action_names()) actions.insert(std::string(name));
  for (const auto& [name, kind] : expectation_names()) expectations.insert(std::string(name));
  EXPECT_EQ(words(schema["$defs"]["tracker"]["properties"]), settings);
  std::vector<std::string> kinds;
  for (const auto& habits : client_habits()) kinds.emplace_back(habits.kind);
  const auto& of_clients = schema["$defs"]["clients"]["properties"]["kinds"]["anyOf"];
  EXPECT_EQ(of_clients[1]["items"]["enum"], kinds);
  kinds.insert(kinds.begin(), "all");
  EXPECT_EQ(of_clients[0]["enum"], kinds);
  EXPECT_EQ(words(schema["$defs"]["action"]["properties"]), actions);
  EXPECT_EQ(words(schema["$defs"]["expectation"]["properties"]), expectations);
}

}  // namespace
}  // namespace swarm::sim
