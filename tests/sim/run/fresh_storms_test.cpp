// A slice of storms on seeds that nobody has run before: each run of the tests adds to those that
// were looked at. The seed is printed, and a failure names the command that shows it again. To run
// the same slice once more:
//
//   SWARM_STORMS_FROM=12345 build/release/tests/sim_tests --gtest_filter='FreshStorms*'
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "engine/base/quantity.hpp"
#include "transport/sim/program/storm_campaign.hpp"
#include "transport/sim/run/run.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

std::uint64_t drawn_seed() {
  constexpr std::uint64_t most = 4'000'000'000;
  if (const char* given = std::getenv("SWARM_STORMS_FROM"))
    if (const auto number = parse_count(given, 0, most)) return *number;
  return std::random_device{}();
}

TEST(FreshStorms, DrawnOnesHold) {
  StormOptions how;
  how.from = drawn_seed(), how.scenarios = 12, how.runs = 1;
  std::cout << "SWARM_STORMS_FROM=" << how.from << "\n";
  const auto campaign = run_storms(how);
  EXPECT_TRUE(campaign.failed.empty()) << storms_text(campaign, how);
}

class FreshStormsOf : public testing::TestWithParam<const char*> {};

TEST_P(FreshStormsOf, HoldWithAFreshSeed) {
  const auto file =
      std::filesystem::path(SWARM_SOURCE_DIR) / "scenarios" / (std::string(GetParam()) + ".yaml");
  const auto scenario = read_scenario(file.string());
  const auto seed = drawn_seed();
  std::cout << "SWARM_STORMS_FROM=" << seed << "\n";
  const auto result = run(scenario, seed);
  std::string why = result.failure ? result.failure->what + ": " + result.failure->text : "";
  for (std::size_t i = 0; i < result.verdicts.size(); ++i)
    if (result.verdicts[i].held == Held::no)
      why += "; " + to_text(scenario.expect[i]) + ": " + result.verdicts[i].text;
  EXPECT_TRUE(result.passed()) << fmt::format(
      "swarm-sim run scenarios/{}.yaml --seed {} --runs 1 --trace: {}", GetParam(), seed, why);
}

INSTANTIATE_TEST_SUITE_P(FreshStorms, FreshStormsOf,
                         testing::Values("storm", "storm-of-three", "storm-disks", "storm-joins",
                                         "storm-members", "storm-reorder", "storm-in-sync",
                                         "storm-restart", "storm-recorder", "slaves-are-asked"),
                         [](const auto& one) {
                           std::string name = one.param;
                           for (auto& c : name)
                             if (c == '-') c = '_';
                           return name;
                         });

}  // namespace
}  // namespace swarm::sim
