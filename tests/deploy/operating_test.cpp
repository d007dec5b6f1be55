// docs/OPERATING.md says what is true: every key with its default, every metric, and no others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "observe/live/metrics.hpp"
#include "transport/udp/configuration/configuration_keys.hpp"

namespace swarm {
namespace {

using testing::Contains;
using testing::IsEmpty;
using Lines = std::vector<std::string>;
using Names = std::set<std::string>;

std::string page() {
  std::ifstream file(std::filesystem::path(SWARM_SOURCE_DIR) / "docs/OPERATING.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The rows of the tables below a heading, up to the next heading.
Lines rows_below(const std::string& heading) {
  std::istringstream text(page());
  Lines rows;
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("## ")) inside = line == "## " + heading;
    if (inside && line.starts_with("| `")) rows.push_back(line);
  }
  return rows;
}

// `| `name` | ...`: the name.
std::string name_of(const std::string& row) {
  return row.substr(3, row.find('`', 3) - 3);
}

Names names_below(const std::string& heading) {
  Names names;
  for (const auto& row : rows_below(heading)) names.insert(name_of(row));
  return names;
}

Names all_in(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  Names found;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at)
    found.insert((*at)[1]);
  return found;
}

Names without(Names from, const Names& what) {
  for (const auto& name : what) from.erase(name);
  return from;
}

// With a peer that is a member, so that metrics by member have a line.
Names metric_names() {
  observe::Status status;
  status.members.resize(2);
  return all_in(observe::Metrics().text(status, {}), "# TYPE ([a-z_]+) ");
}

TEST(Operating, EveryKeyHasItsDefaultAndSaysWhetherAReloadTakesItOver) {
  const auto rows = rows_below("Every key");
  for (const auto& section : udp::configuration_sections())
    for (const auto& key : section.keys) {
      const auto standard = key.default_text().empty() ? key.when_unset : key.default_text();
      const auto begin =
          "| `" + key.name + "` | " + standard + " | " + (key.reloadable ? "yes |" : "|");
      EXPECT_THAT(rows, Contains(testing::StartsWith(begin)));
    }
}

TEST(Operating, ThereIsNoOtherKey) {
  Names known;
  for (const auto name : udp::configuration_key_names()) known.emplace(name);
  EXPECT_THAT(without(names_below("Every key"), known), IsEmpty());
  EXPECT_THAT(without(all_in(page(), "`([a-z-]+) = [^`]*`"), known), IsEmpty());
}

TEST(Operating, EveryMetricIsExplained) {
  const auto explained = names_below("Every metric");
  EXPECT_THAT(without(metric_names(), explained), IsEmpty());
  EXPECT_THAT(without(explained, metric_names()), IsEmpty());
}

TEST(Operating, AlertsAskForMetricsThatThereAre) {
  const auto named = all_in(page(), "(swarm_tracker_[a-z_]+|process_[a-z_]+)");
  EXPECT_THAT(named, Contains("swarm_tracker_serving"));
  EXPECT_THAT(without(named, metric_names()), IsEmpty());
}

}  // namespace
}  // namespace swarm
