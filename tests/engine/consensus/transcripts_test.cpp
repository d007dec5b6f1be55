// The transcripts in tests/golden: on top, in prose, what each of them shows; then commands, and
// behind `----` what the group did. They are compared whole. After a change that is meant to change
// them they are written anew, and the difference is reviewed:
//   SWARM_WRITE_GOLDEN=1 build/release/tests/consensus_tests --gtest_filter='*Transcripts*'
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/engine/consensus/script.hpp"

namespace swarm::test {
namespace {

namespace fs = std::filesystem;

const fs::path golden = fs::path(SWARM_SOURCE_DIR) / "tests/golden";

std::vector<std::string> all_transcripts() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(golden))
    if (entry.path().extension() == ".txt" && entry.path().stem() != "fingerprints")
      names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The same with what happens today behind each `----`: that ends with an empty line, or the file.
std::string played(const std::string& text) {
  Script script;
  std::istringstream in(text);
  std::ostringstream out;
  std::vector<std::string> commands;
  for (std::string line; std::getline(in, line);) {
    if (line != "----") {
      out << line << '\n';
      if (!line.empty() && line[0] != '#') commands.push_back(line);
      continue;
    }
    out << line << '\n';
    for (const auto& command : commands) script.carry_out(command);
    out << script.take();
    commands.clear();
    while (std::getline(in, line) && !line.empty()) continue;
    if (!in.eof()) out << '\n';
  }
  EXPECT_TRUE(commands.empty()) << "no ---- behind: " << commands.front();
  return out.str();
}

class Transcripts : public testing::TestWithParam<std::string> {};

TEST_P(Transcripts, AreAsWritten) {
  const auto path = golden / (GetParam() + ".txt");
  const auto text = read(path);
  ASSERT_TRUE(text.starts_with("# ")) << "on top it says what is shown";
  const auto now = played(text);
  if (std::getenv("SWARM_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << now;
    return;
  }
  EXPECT_EQ(text, now);
}

std::string name_of_test(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (auto& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Golden, Transcripts, testing::ValuesIn(all_transcripts()), name_of_test);

TEST(TranscriptsOfTheRules, AreNamedByTheProtocolEach) {
  const auto protocol = read(fs::path(SWARM_SOURCE_DIR) / "docs/PROTOCOL.md");
  for (const auto& name : all_transcripts())
    EXPECT_NE(protocol.find("(../tests/golden/" + name + ".txt)"), protocol.npos)
        << "docs/PROTOCOL.md names no transcript " << name;
  EXPECT_GE(all_transcripts().size(), 13u);
}

TEST(TranscriptsOfTheRules, ACommandThatIsNoneIsRefused) {
  Script script;
  EXPECT_THROW(script.carry_out("pass 1s"), std::runtime_error) << "without a group";
  script.carry_out("group 3");
  EXPECT_THROW(script.carry_out("jump 1"), std::runtime_error);
  EXPECT_THROW(script.carry_out("add 2 5"), std::runtime_error) << "2 is no master";
  EXPECT_THROW(script.carry_out("lose 1 > 2 LETTER"), std::runtime_error);
  EXPECT_THROW(script.carry_out("until 2 removed"), std::runtime_error) << "it never is";
}

}  // namespace
}  // namespace swarm::test
