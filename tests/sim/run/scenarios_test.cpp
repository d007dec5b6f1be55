// Every shipped scenario, with a few seeds. The fingerprints of these runs are kept in
// tests/golden/fingerprints.txt: they are the same on every machine and in every build, and what
// changes them is a change of behaviour. To write them anew, and to review the difference:
//
//   SWARM_WRITE_GOLDEN=1 build/release/tests/sim_tests --gtest_filter='*Scenarios*'
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "transport/sim/run/campaign.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

namespace fs = std::filesystem;

const fs::path scenarios = fs::path(SWARM_SOURCE_DIR) / "scenarios";
const fs::path golden_file = fs::path(SWARM_SOURCE_DIR) / "tests/golden/fingerprints.txt";

std::vector<std::string> shipped() {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(scenarios))
    if (entry.path().extension() == ".yaml")
      files.push_back(fs::relative(entry.path(), scenarios).string());
  std::sort(files.begin(), files.end());
  return files;
}

using Golden = std::map<std::string, std::string>;  // file -> the fingerprint of all its runs

Golden read_golden() {
  Golden golden;
  std::ifstream in(golden_file);
  for (std::string file, fingerprint; in >> file >> fingerprint;) golden[file] = fingerprint;
  return golden;
}

void write_golden(const std::string& file, const std::string& fingerprint) {
  Golden golden = read_golden();
  golden[file] = fingerprint;
  const auto files = shipped();
  std::erase_if(golden, [&](const auto& line) {  // of a scenario that is no longer there
    return !std::binary_search(files.begin(), files.end(), line.first);
  });
  std::ofstream out(golden_file);
  for (const auto& [name, print] : golden) out << name << ' ' << print << '\n';
}

// Full size is for scripts/campaign; here what shows the behaviour is enough.
std::uint32_t make_small(Scenario& scenario) {
  if (scenario.swarm.peers > 5'000) set_key(scenario, "swarm.peers", "5000");
  std::uint32_t exchanging = 0;
  for (const auto& group : scenario.exchange.peers) exchanging += group.count;
  const bool large = scenario.swarm.peers >= 1'000 || exchanging >= 100;
  return scenario.duration > 10min || large ? 1 : 3;
}

class Scenarios : public testing::TestWithParam<std::string> {};

TEST_P(Scenarios, HoldAndAreReproduced) {
  Scenario scenario = read_scenario((scenarios / GetParam()).string());
  CampaignOptions options;
  options.seed = scenario.seed;
  options.runs = make_small(scenario);
  const Campaign campaign = run_campaign(scenario, options);
  for (const auto& run : campaign.runs) {
    if (run.failure)
      ADD_FAILURE() << "seed " << run.seed << ", " << run.failure->tracker << ": "
                    << run.failure->what << ": " << run.failure->text;
    for (std::size_t i = 0; i < run.verdicts.size(); ++i)
      EXPECT_NE(run.verdicts[i].held, Held::no)
          << "seed " << run.seed << ": " << to_text(scenario.expect[i]) << ": "
          << run.verdicts[i].text;
  }
  EXPECT_FALSE(campaign.measures_nothing);
  const std::string fingerprint = fmt::format("{:016x}", campaign.fingerprint());
  if (std::getenv("SWARM_WRITE_GOLDEN") != nullptr) return write_golden(GetParam(), fingerprint);
  EXPECT_EQ(read_golden()[GetParam()], fingerprint);
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(0, info.param.size() - 5);
  for (auto& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Shipped, Scenarios, testing::ValuesIn(shipped()), name_of);

}  // namespace
}  // namespace swarm::sim
