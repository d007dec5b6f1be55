// Drawn scenarios: what is drawn can be read, is the same for ever, and what fails stands alone.
#include "transport/sim/run/storm.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "transport/sim/program/storm_campaign.hpp"
#include "transport/sim/run/run.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

namespace fs = std::filesystem;

TEST(Storm, EachNumberIsAnotherScenarioThatCanBeRead) {
  std::set<std::string> texts;
  std::set<std::uint32_t> sizes;
  std::set<Action::Kind> kinds;
  for (std::uint64_t number = 0; number < 500; ++number) {
    const auto text = drawn_storm(number, {});
    texts.insert(text);
    Scenario scenario;
    ASSERT_NO_THROW(scenario = parse_scenario(text, "drawn.yaml")) << text;
    sizes.insert(scenario.swarm.trackers);
    for (const auto& action : scenario.timeline) kinds.insert(action.kind);
    if (scenario.random)
      for (const auto& [kind, mean] : scenario.random->every) kinds.insert(kind);
  }
  EXPECT_EQ(texts.size(), 500u);
  EXPECT_EQ(sizes, (std::set<std::uint32_t>{1, 2, 3, 4, 5, 6, 7}));
  using Kind = Action::Kind;
  for (const auto kind :
       {Kind::crash, Kind::kill, Kind::pause, Kind::start, Kind::stop, Kind::restart, Kind::wipe,
        Kind::hand_over, Kind::remove, Kind::partition, Kind::isolate, Kind::cut, Kind::disk,
        Kind::network, Kind::leave, Kind::clock})
    EXPECT_TRUE(kinds.contains(kind)) << to_text(kind);
}

TEST(Storm, SomeHaveARecorder) {
  using Source = RecorderModel::Source;
  using Target = RecorderModel::Target;
  std::set<Source> sources;
  std::set<Target> targets;
  std::size_t recorders = 0;
  for (std::uint64_t number = 0; number < 500; ++number) {
    const auto scenario = parse_scenario(drawn_storm(number, {}), "drawn.yaml");
    if (!scenario.recorder) continue;
    ++recorders;
    sources.insert(scenario.recorder->as.begin(), scenario.recorder->as.end());
    targets.insert(scenario.recorder->to.begin(), scenario.recorder->to.end());
  }
  EXPECT_GT(recorders, 100u);
  EXPECT_LT(recorders, 200u);
  EXPECT_EQ(sources.size(), 3u);
  EXPECT_EQ(targets.size(), 3u);
}

// Such a master would answer, and it is known that it does: FAILURE-MODEL, "what remains".
TEST(Storm, NobodyIsCutOffWhereClocksStandStill) {
  using Kind = Action::Kind;
  const std::set<Kind> cuts{Kind::partition, Kind::isolate, Kind::cut};
  std::size_t frozen = 0, cut_off = 0;
  for (std::uint64_t number = 0; number < 500; ++number) {
    const auto scenario = parse_scenario(drawn_storm(number, {}), "drawn.yaml");
    bool freezes = false, cuts_off = false;
    for (const auto& action : scenario.timeline) {
      freezes = freezes || action.frozen;
      cuts_off = cuts_off || cuts.contains(action.kind);
    }
    if (scenario.random)
      for (const auto& [kind, mean] : scenario.random->every)
        cuts_off = cuts_off || cuts.contains(kind);
    EXPECT_FALSE(freezes && cuts_off) << number;
    frozen += freezes, cut_off += cuts_off;
  }
  EXPECT_GT(frozen, 0u);
  EXPECT_GT(cut_off, 0u);
}

TEST(Storm, TheRunsAreTwoLinesAndNothingElse) {
  EXPECT_EQ(drawn_storm(7, {}), drawn_storm(7, {}));
  auto one = drawn_storm(7, {12, 1});
  const auto at = one.find("seed: 12\nruns: 1\n");
  ASSERT_NE(at, std::string::npos);
  one.replace(at, 17, "seed: 1\nruns: 4\n");
  EXPECT_EQ(one, drawn_storm(7, {1, 4}));
}

class StormsTest : public testing::Test {
 protected:
  StormsTest() : folder_(fs::temp_directory_path() / fmt_name()) { fs::remove_all(folder_); }
  ~StormsTest() override { fs::remove_all(folder_); }
  static std::string fmt_name() { return "swarm-storms-" + std::to_string(::getpid()); }

  // Three trackers of which one dies, and no other may become master: that fails in each run.
  static std::string impossible(std::uint64_t number, const StormRuns& how) {
    return "name: impossible " + std::to_string(number) + "\nseed: " + std::to_string(how.seed) +
           "\nruns: " + std::to_string(how.runs) +
           "\nduration: 4s\nswarm: { trackers: 3 }\n"
           "timeline:\n  - { at: 1s, kill: master }\n"
           "expect:\n  - { after: kill, same_master: 1s }\n  - { always: all }\n";
  }

  fs::path folder_;
};

TEST_F(StormsTest, WhatFailsIsWrittenAndFailsAgain) {
  StormOptions how;
  how.from = 5, how.scenarios = 3, how.runs = 2, how.jobs = 2, how.folder = folder_;
  how.draw = [](std::uint64_t number, const StormRuns& runs) {
    auto text = impossible(number, runs);
    if (number != 6) text.replace(text.find("same_master"), 11, "first_answer");
    return text;
  };
  const auto campaign = run_storms(how);
  EXPECT_EQ(campaign.done, 3u);
  ASSERT_EQ(campaign.failed.size(), 1u);
  const auto& failed = campaign.failed.front();
  EXPECT_EQ(failed.number, 6u);
  EXPECT_EQ(failed.what, "after kill: same master for 1s");
  const auto scenario = read_scenario(failed.file.string());
  EXPECT_EQ(scenario.runs, 1u);
  const auto again = run(scenario, scenario.seed);
  EXPECT_FALSE(again.passed());
  EXPECT_FALSE(fs::exists(folder_ / "storm-5.yaml"));
  const auto text = storms_text(campaign, how);
  EXPECT_NE(text.find("2 of 3 passed"), std::string::npos) << text;
  EXPECT_NE(text.find("swarm-sim run " + failed.file.string()), std::string::npos) << text;
  EXPECT_NE(text.find("all of them again: swarm-sim storm --from 5 --seeds 3 --runs 2"),
            std::string::npos)
      << text;
}

TEST_F(StormsTest, WithoutAFailureNothingIsWritten) {
  StormOptions how;
  how.folder = folder_;
  how.draw = [](std::uint64_t number, const StormRuns& runs) {
    auto text = impossible(number, runs);
    text.replace(text.find("same_master"), 11, "first_answer");
    return text;
  };
  EXPECT_TRUE(run_storms(how).failed.empty());
  EXPECT_FALSE(fs::exists(folder_));
}

}  // namespace
}  // namespace swarm::sim
