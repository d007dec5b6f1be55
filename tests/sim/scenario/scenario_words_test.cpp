// The shipped scenarios, the documentation and the schema know the words of the reader.
#include "transport/sim/scenario/scenario_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "engine/tracker/settings_keys.hpp"
#include "tests/sim/scenario/scenario_texts.hpp"
#include "transport/sim/scenario/client_habits.hpp"
#include "transport/sim/scenario/scenario_names.hpp"

namespace swarm::sim::texts {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

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
  for (const auto* word : {"hears", "plays", "after", "as", "to", "damage", "at_most", "keeps",
                           "memory", "original", "own", "other", "sender", "what", "which"})
    expect(word);
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
  const auto messages = message_names();
  const std::vector<std::string> of_trackers(messages.begin(), messages.end());
  const auto& what = schema["$defs"]["action"]["properties"]["replay"]["properties"]["what"];
  EXPECT_EQ(what["anyOf"][0]["enum"], of_trackers);
  EXPECT_EQ(what["anyOf"][1]["items"]["enum"], of_trackers);
  std::set<std::string> of_recorder;
  for (const auto& [name, place] : parse_scenario(every_key_of_a_recorder, "x.yaml").places)
    if (name.starts_with("recorder.")) of_recorder.insert(name.substr(9));
  EXPECT_EQ(words(schema["$defs"]["recorder"]["properties"]), of_recorder);
  EXPECT_EQ(words(schema["$defs"]["expectation"]["properties"]), expectations);
}

}  // namespace
}  // namespace swarm::sim::texts
