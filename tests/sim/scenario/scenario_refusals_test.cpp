// What the reader of scenarios refuses, and with which sentence.
#include "transport/sim/scenario/scenario_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "engine/base/random.hpp"
#include "tests/sim/scenario/scenario_texts.hpp"

namespace swarm::sim::texts {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

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

}  // namespace
}  // namespace swarm::sim::texts
