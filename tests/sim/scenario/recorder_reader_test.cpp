// A scenario with a recorder, and what its reader refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/scenario/scenario_texts.hpp"
#include "transport/sim/scenario/scenario_names.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

using testing::ElementsAre;
using testing::StartsWith;
using texts::complaint;
using Source = RecorderModel::Source;
using Target = RecorderModel::Target;

TEST(RecorderReader, ReadsEveryKey) {
  const Scenario s = parse_scenario(texts::every_key_of_a_recorder, "x.yaml");
  ASSERT_TRUE(s.recorder);
  EXPECT_EQ(s.recorder->hears, 300'000u);
  EXPECT_EQ(s.recorder->plays, 200'000u);
  ASSERT_EQ(s.recorder->after.size(), 2u);
  EXPECT_EQ(s.recorder->after[0].high, 50ms);
  EXPECT_EQ(s.recorder->after[1].low, 10s);
  EXPECT_THAT(s.recorder->as, ElementsAre(Source::original, Source::own, Source::other));
  EXPECT_THAT(s.recorder->to, ElementsAre(Target::original, Target::sender));
  EXPECT_EQ(s.recorder->damage, 50'000u);
  EXPECT_EQ(s.recorder->at_most, 300u);
  EXPECT_EQ(s.recorder->keeps, 1000u);
  EXPECT_EQ(s.recorder->memory, 1u << 20);
}

TEST(RecorderReader, ReadsTheActionReplay) {
  const Scenario s = parse_scenario(texts::every_key_of_a_recorder, "x.yaml");
  const Action& join = s.timeline.at(0);
  EXPECT_EQ(message_names()[join.replay->what.at(0)], "JOIN");
  EXPECT_TRUE(join.replay->first);
  EXPECT_EQ(join.from.tracker, 3u);
  EXPECT_EQ(join.to.kind, Who::Kind::master);
  EXPECT_EQ(join.replay->every, 20ms);
  EXPECT_EQ(join.replay->as, Source::own);
  EXPECT_EQ(to_text(join), "replay of the first JOIN of t3 to master every 20ms at 5s for 2s");
  EXPECT_EQ(to_text(s.timeline.at(1)), "replay of the last KA or PREPARE of master at 6s");
  EXPECT_TRUE(s.timeline.at(1).replay->to_all);
}

TEST(RecorderReader, OneWordNeedsNoListSoThatASweepCanVaryIt) {
  Scenario s = parse_scenario("duration: 60s\nrecorder: { hears: multicast, after: 1s }", "x.yaml");
  EXPECT_EQ(s.recorder->hears, 0u);
  set_key(s, "recorder.hears", "all");
  set_key(s, "recorder.as", "own");
  set_key(s, "recorder.after", "0..10ms");
  set_key(s, "recorder.at_most", "5/s");
  EXPECT_EQ(s.recorder->hears, 1'000'000u);
  EXPECT_THAT(s.recorder->as, ElementsAre(Source::own));
  EXPECT_EQ(s.recorder->after.at(0).high, 10ms);
  EXPECT_EQ(s.recorder->at_most, 5u);
}

TEST(RecorderReader, AScenarioWithoutTheKeyHasNone) {
  EXPECT_FALSE(parse_scenario("duration: 5s", "x.yaml").recorder);
}

TEST(RecorderReader, RefusesWhatItDoesNotKnowAndSaysWhere) {
  EXPECT_THAT(complaint("recorder: { hears: some }"),
              StartsWith("x.yaml:1:20: recorder.hears: `some` is none of all, multicast, 30%"));
  EXPECT_THAT(complaint("recorder: { as: orignal }"),
              StartsWith("x.yaml:1:17: recorder.as: unknown word `orignal`, did you mean"));
  EXPECT_THAT(complaint("recorder: { to: [] }"),
              StartsWith("x.yaml:1:17: recorder.to: the list is empty"));
  EXPECT_THAT(complaint("recorder: { after: [] }"),
              StartsWith("x.yaml:1:20: recorder.after: the list is empty"));
  EXPECT_THAT(complaint("recorder: { at_most: 100 }"),
              StartsWith("x.yaml:1:22: recorder.at_most: `100` is no number of datagrams"));
  EXPECT_THAT(complaint("recorder: { keeps: 0 }"), StartsWith("x.yaml:1:20: recorder.keeps: "));
  EXPECT_THAT(complaint("recorder: { memory: 100B }"),
              StartsWith("x.yaml:1:21: memory must be at least 65507"));
  EXPECT_THAT(complaint("recorder: { say: 1 }"), StartsWith("x.yaml:1:13: recorder: unknown key"));
}

TEST(RecorderReader, RefusesARecorderThatNeverPlays) {
  EXPECT_EQ(complaint("duration: 60s\nrecorder: { after: 1min..5min }"),
            "x.yaml:2:20: nothing is ever played: the run ends after 60s");
  EXPECT_EQ(complaint("duration: 60s\nrecorder: { plays: 0%, after: 1min..5min }"), "");
}

std::string replayed(const std::string& what, const std::string& recorder = "{ plays: 0% }") {
  return complaint((recorder.empty() ? "" : "recorder: " + recorder + "\n") +
                   "duration: 9s\ntimeline:\n  - { at: 1s, replay: " + what + " }\n");
}

TEST(RecorderReader, RefusesAReplayThatMeansNothing) {
  EXPECT_THAT(replayed("{ what: KA }", ""), StartsWith("x.yaml:3:5: nobody records"));
  EXPECT_THAT(replayed("KA"),
              StartsWith("x.yaml:4:23: timeline.replay: what is played, and how often"));
  EXPECT_THAT(replayed("{ from: t1 }"),
              StartsWith("x.yaml:4:23: timeline.replay: which message: add `what: KA`"));
  EXPECT_THAT(replayed("{ what: KEEPALIVE }"),
              StartsWith("x.yaml:4:31: timeline.replay.what: unknown word `KEEPALIVE`"));
  EXPECT_THAT(replayed("{ what: KA, from: any-slave }"),
              StartsWith("x.yaml:4:41: `from` is a tracker by its name, or the `master`"));
  EXPECT_THAT(replayed("{ what: KA, from: t9 }"),
              StartsWith("x.yaml:4:41: there is no tracker t9"));
  EXPECT_THAT(replayed("{ what: KA, to: rest }"),
              StartsWith("x.yaml:4:39: `replay` cannot be said of `rest`"));
  EXPECT_THAT(replayed("{ what: KA, every: 10us }"),
              StartsWith("x.yaml:4:42: timeline.replay.every: `10us` is out of range"));
  EXPECT_EQ(replayed("{ what: KA, to: all-slaves }"), "");
}

}  // namespace
}  // namespace swarm::sim
