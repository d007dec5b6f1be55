// The simulator seals with a quick cipher of the same size (engine/wire/seal.hpp). With the cipher
// of the real world, a run goes the same way.
#include <gtest/gtest.h>

#include <algorithm>

#include "transport/sim/run/campaign.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

Campaign campaign_of(const std::string& name, wire::Cipher cipher) {
  Scenario scenario = read_scenario(std::string(SWARM_SOURCE_DIR "/scenarios/") + name);
  EXPECT_EQ(scenario.tracker.cipher, wire::Cipher::siphash);
  scenario.tracker.cipher = cipher;
  CampaignOptions options;
  options.seed = scenario.seed;
  options.runs = 2;
  return run_campaign(scenario, options);
}

class SealedRun : public testing::TestWithParam<const char*> {};

TEST_P(SealedRun, GoesAsWithTheQuickCipher) {
  const auto quick = campaign_of(GetParam(), wire::Cipher::siphash);
  const auto real = campaign_of(GetParam(), wire::Cipher::xchacha20_poly1305);
  ASSERT_EQ(real.runs.size(), quick.runs.size());
  for (std::size_t i = 0; i < real.runs.size(); ++i) {
    const auto &one = real.runs[i], &other = quick.runs[i];
    EXPECT_FALSE(one.failure) << one.failure->text;
    EXPECT_EQ(one.events, other.events) << "and at the same times, for what is sent has equal size";
    EXPECT_NE(one.fingerprint, other.fingerprint) << "but with other bytes";
    for (const auto& verdict : one.verdicts) EXPECT_NE(verdict.held, Held::no) << verdict.text;
  }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, SealedRun,
                         testing::Values("master-crash.yaml", "slave-joins.yaml",
                                         "wiped-disk.yaml"),
                         [](const auto& scenario) {
                           std::string name(scenario.param);
                           name.resize(name.find('.'));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace swarm::sim
