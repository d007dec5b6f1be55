// The configuration: its keys, where values come from, what is printed.
#include "transport/udp/configuration/configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "engine/tracker/settings_keys.hpp"
#include "tests/udp/configuration/own_host.hpp"
#include "transport/udp/configuration/configuration_keys.hpp"

namespace swarm::udp::configurations {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<const ConfigurationKey*> all_keys() {
  std::vector<const ConfigurationKey*> keys;
  for (const auto& section : configuration_sections())
    for (const auto& key : section.keys) keys.push_back(&key);
  return keys;
}

// ---- The table

// But for elections that are drawn: they give no lease, so nobody would be answered.
TEST(Configuration, EveryKeyOfTheEngineIsAKey) {
  for (const auto& key : tracker_settings_keys()) {
    std::string name(key.name);
    std::replace(name.begin(), name.end(), '_', '-');
    if (name == "election" || name == "drawn") {
      EXPECT_EQ(find_configuration_key(name), nullptr) << name;
      continue;
    }
    const auto* found = find_configuration_key(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(found->reloadable, key.reloadable) << name;
    EXPECT_EQ(found->default_text(), tracker_setting_text(TrackerSettings(), key)) << name;
  }
}

TEST(Configuration, EveryKeyHasANameAUnitAMeaningAndADefaultOfItsOwn) {
  std::set<std::string> names;
  for (const auto* key : all_keys()) {
    EXPECT_TRUE(names.insert(key->name).second) << key->name;
    EXPECT_EQ(key->name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-6"), key->name.npos);
    EXPECT_FALSE(key->unit.empty()) << key->name;
    EXPECT_THAT(key->meaning, EndsWith(".")) << key->name;
    for (const auto& engine : tracker_settings_keys())
      if (engine.name.find('_') != engine.name.npos) {
        EXPECT_THAT(key->meaning, Not(HasSubstr(std::string(engine.name))));
      }
    EXPECT_EQ(key->default_text().empty(), !key->when_unset.empty()) << key->name;
    EXPECT_EQ(key->default_text().empty(), !key->example.empty()) << key->name;
  }
  EXPECT_GT(names.size(), tracker_settings_keys().size());
}

TEST(Configuration, WhatAKeyPrintsItReads) {
  for (const auto* key : all_keys()) {
    const std::string text = key->default_text().empty() ? key->example : key->default_text();
    if (key->hidden) continue;
    Configuration configuration;
    const auto good = key->set(configuration, text);
    ASSERT_TRUE(good) << key->name << ": " << good.error();
    EXPECT_EQ(key->text(configuration), text) << key->name;
  }
}

// ---- Where values come from

TEST(Configuration, WithoutAnythingTheDefaultsHold) {
  const auto c = OwnHost().read();
  for (const auto* key : all_keys())
    if (key->name != "name" && key->name != "control-socket") {
      EXPECT_EQ(key->text(c), key->default_text()) << key->name;
    }
  EXPECT_FALSE(c.name.empty());
  EXPECT_EQ(c.control_socket, "/var/lib/swarm-tracker/control.sock");
  EXPECT_EQ(c.tracker.keep_alive, 10ms);
  EXPECT_EQ(c.multicast_group, 0xefff0001u);
  EXPECT_THAT(c.warnings, IsEmpty());
}

TEST(Configuration, FlagsCountMoreThanTheEnvironmentMoreThanTheFile) {
  const OwnHost host("keep-alive = 1ms\nwindow = 1\nlog-keep = 1\n");
  const auto c = host.read({"--keep-alive", "3ms"},
                           {"SWARM_TRACKER_KEEP_ALIVE=2ms", "SWARM_TRACKER_WINDOW=2", "PATH=/"});
  EXPECT_EQ(c.tracker.keep_alive, 3ms);
  EXPECT_EQ(c.tracker.window, 2u);
  EXPECT_EQ(c.tracker.log_keep, 1u);
  EXPECT_EQ(c.tracker.snapshot_window, TrackerSettings().snapshot_window);
  EXPECT_EQ(c.file, host.file());
}

TEST(Configuration, ContactsOfOneSourceReplaceThoseOfAnother) {
  const OwnHost host("contact = 127.0.0.1\ncontact = 127.0.0.2:7, 127.0.0.3\n");
  EXPECT_THAT(host.read().contacts, ElementsAre("127.0.0.1", "127.0.0.2:7", "127.0.0.3"));
  EXPECT_THAT(host.read({"--contact=127.0.0.9"}).contacts, ElementsAre("127.0.0.9"));
  EXPECT_THAT(host.read({"--contact", "127.0.0.9", "--contact", "127.0.0.8"}).contacts,
              ElementsAre("127.0.0.9", "127.0.0.8"));
  EXPECT_THAT(host.read({}, {"SWARM_TRACKER_CONTACT=127.0.0.7,127.0.0.6"}).contacts,
              ElementsAre("127.0.0.7", "127.0.0.6"));
}

TEST(Configuration, TheFileIsNamedByTheFlagOrTheEnvironment) {
  const OwnHost host;
  const auto first = host.write("first", "window = 1");
  const auto second = host.write("second", "window = 2");
  const Texts environment{"SWARM_TRACKER_CONFIG=" + first};
  EXPECT_EQ(read_configuration({}, environment).tracker.window, 1u);
  EXPECT_EQ(read_configuration({"--config=" + second}, environment).tracker.window, 2u);
  EXPECT_EQ(host.error({}, {"SWARM_TRACKER_CONFIG="}), "none") << "the flag counts";
}

TEST(Configuration, CommentsBlanksAndLineEndsOfOtherSystemsAreNothing) {
  const auto c = parse_configuration(
      "# a comment\r\n\r\n  window=2\r\n\tlog-keep =\t3  # why\n#window = 4\nname = a", "a.conf");
  EXPECT_EQ(c.tracker.window, 2u);
  EXPECT_EQ(c.tracker.log_keep, 3u);
  EXPECT_EQ(c.name, "a");
}

// ---- Printed

TEST(Configuration, TheDefaultFileChangesNothing) {
  const auto read = parse_configuration(default_configuration(), "a.conf");
  const auto none = parse_configuration("", "a.conf");
  for (const auto* key : all_keys()) EXPECT_EQ(key->text(read), key->text(none)) << key->name;
}

// Lines of `#key = value`, without their #.
std::vector<std::pair<std::string, std::string>> shown_in(const std::string& file) {
  std::vector<std::pair<std::string, std::string>> shown;
  std::istringstream lines(file);
  for (std::string line; std::getline(lines, line);)
    if (line.size() > 1 && line[0] == '#' && line[1] != ' ') {
      const auto equals = line.find(" = ");
      shown.emplace_back(line.substr(1, equals - 1), line.substr(equals + 3));
    }
  return shown;
}

TEST(Configuration, TheDefaultFileShowsEachKeyOnceWithItsDefault) {
  const auto shown = shown_in(default_configuration());
  ASSERT_EQ(shown.size(), all_keys().size());
  std::string uncommented;
  for (const auto& [name, value] : shown) {
    const auto* key = find_configuration_key(name);
    ASSERT_NE(key, nullptr) << name;
    if (!key->default_text().empty()) uncommented += name + " = " + value + "\n";
  }
  const auto read = parse_configuration(uncommented, "a.conf");
  const auto none = parse_configuration("", "a.conf");
  for (const auto* key : all_keys()) EXPECT_EQ(key->text(read), key->text(none)) << key->name;
}

TEST(Configuration, TheDefaultFileBeginsWithWhatIsToBeSet) {
  const auto shown = shown_in(default_configuration());
  std::vector<std::string> first;
  for (std::size_t i = 0; i < 5; ++i) first.push_back(shown[i].first);
  EXPECT_THAT(first,
              ElementsAre("secret-file", "secret", "bootstrap-expect", "first-start", "interface"));
}

TEST(Configuration, NobodyHasTheExampleForASecret) {
  for (const auto& [name, value] : shown_in(default_configuration()))
    if (name == "secret") {
      EXPECT_THAT(file_error("secret = " + value), HasSubstr("at least 16"));
    }
}

TEST(Configuration, TheDefaultFileFitsAScreen) {
  std::istringstream lines(default_configuration());
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100u) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
  EXPECT_FALSE(default_configuration().ends_with("\n\n"));
}

TEST(Configuration, HelpNamesEveryKeyAndTheFile) {
  const std::string help = options_help();
  for (const auto* key : all_keys())
    EXPECT_THAT(help, HasSubstr("--" + key->name + " <" + key->unit + ">"));
  EXPECT_THAT(help, HasSubstr("--config <path>"));
  EXPECT_THAT(help, HasSubstr("/etc/swarm-tracker/swarm-tracker.conf"));
}

}  // namespace
}  // namespace swarm::udp::configurations
