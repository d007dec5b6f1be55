// Keys that are set after a scenario was read, and the table of the trackers' settings.
#include "transport/sim/scenario/scenario_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/tracker/settings_keys.hpp"
#include "tests/sim/scenario/scenario_texts.hpp"

namespace swarm::sim::texts {
namespace {

using testing::HasSubstr;

std::string complaint_of_key(Scenario& scenario, const std::string& key, const std::string& value) {
  try {
    set_key(scenario, key, value);
    return "";
  } catch (const ScenarioError& error) {
    return error.what();
  }
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

}  // namespace
}  // namespace swarm::sim::texts
