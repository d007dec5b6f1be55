#include "transport/udp/configuration/configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "engine/tracker/settings_keys.hpp"
#include "engine/wire/secret.hpp"
#include "tests/engine/db/temporary_directory.hpp"
#include "transport/udp/configuration/configuration_keys.hpp"
#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using Texts = std::vector<std::string>;

constexpr std::string_view good_secret = "correct horse battery staple";

// A host of its own: a file, flags and an environment. Nothing of this host is read.
class OwnHost {
 public:
  explicit OwnHost(std::string_view file = "") { write("conf", file); }

  std::string path(const char* name) const { return directory_ / name; }
  std::string file() const { return path("conf"); }
  std::string write(const char* name, std::string_view text, mode_t mode = 0600) const {
    std::ofstream(path(name), std::ios::binary) << text;
    ::chmod(path(name).c_str(), mode);
    return path(name);
  }
  Configuration read(Texts flags = {}, const Texts& environment = {}) const {
    flags.insert(flags.begin(), "--config=" + file());
    return read_configuration(flags, environment);
  }
  std::string error(const Texts& flags = {}, const Texts& environment = {}) const {
    try {
      read(flags, environment);
    } catch (const ConfigurationError& error) {
      return error.what();
    }
    return "none";
  }

 private:
  TemporaryDirectory directory_;
};

std::vector<const ConfigurationKey*> all_keys() {
  std::vector<const ConfigurationKey*> keys;
  for (const auto& section : configuration_sections())
    for (const auto& key : section.keys) keys.push_back(&key);
  return keys;
}

std::string file_error(std::string_view text) {
  try {
    parse_configuration(text, "a.conf");
  } catch (const ConfigurationError& error) {
    return error.what();
  }
  return "none";
}

// ---- The table

TEST(Configuration, ALineThatLooksLikeASecretIsNotRepeated) {
  try {
    parse_configuration("c2VjcmV0IG9mIHRoZSBzd2FybQ=x\n", "file");
    FAIL() << "it was taken";
  } catch (const ConfigurationError& error) {
    EXPECT_EQ(std::string(error.what()).find("c2Vj"), std::string::npos) << error.what();
  }
}

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

// ---- What is refused

TEST(Configuration, UnknownKeysAreRefusedWithTheNearest) {
  const OwnHost host;
  EXPECT_EQ(host.error({"--keep-alvie", "3ms"}),
            "--keep-alvie: there is no such key, did you mean `--keep-alive`?");
  EXPECT_EQ(host.error({}, {"SWARM_TRACKER_KEEPALIVE=3ms"}),
            "SWARM_TRACKER_KEEPALIVE: there is no such key, did you mean "
            "`SWARM_TRACKER_KEEP_ALIVE`?");
  EXPECT_EQ(file_error("\n\nkeep_alive = 3ms\n"),
            "a.conf:3: there is no key `keep_alive`, did you mean `keep-alive`?");
  EXPECT_THAT(host.error({"stray"}), HasSubstr("`stray`"));
  EXPECT_THAT(host.error({"--config", host.file()}), HasSubstr("twice"));
}

TEST(Configuration, TheBeginningOfANameIsNotTheName) {
  const OwnHost host;
  EXPECT_THAT(host.error({"--keep-ali", "3ms"}), StartsWith("--keep-ali: there is no such key"));
  EXPECT_THAT(file_error("keep-ali = 3ms"), StartsWith("a.conf:1: there is no key `keep-ali`"));
}

TEST(Configuration, RepeatedKeysAreRefused) {
  const OwnHost host;
  EXPECT_EQ(host.error({"--window", "1", "--window", "1"}), "--window: it is given twice");
  EXPECT_EQ(file_error("window = 1\n# no\nwindow = 1\n"),
            "a.conf:3: window: it is given already in a.conf:1");
  EXPECT_EQ(host.error({}, {"SWARM_TRACKER_WINDOW=1", "SWARM_TRACKER_WINDOW=1"}),
            "SWARM_TRACKER_WINDOW: it is given twice");
}

TEST(Configuration, BadValuesAreRefusedWithTheirPlace) {
  const OwnHost host;
  EXPECT_THAT(host.error({"--keep-alive", "10"}),
              AllOf(StartsWith("--keep-alive: "), HasSubstr("no unit")));
  EXPECT_THAT(host.error({}, {"SWARM_TRACKER_KEEP_ALIVE=10"}),
              StartsWith("SWARM_TRACKER_KEEP_ALIVE: `10`"));
  EXPECT_THAT(file_error("\nkeep-alive = 10\n"), StartsWith("a.conf:2: keep-alive: `10`"));
  EXPECT_THAT(file_error("window = 0"), HasSubstr("within 1..4096"));
  EXPECT_THAT(file_error("secret-rotation = -1s"),
              HasSubstr("-1s is out of range, it must be within 10s..8760h"));
}

TEST(Configuration, AllMistakesOfAFileAreToldAtOnce) {
  EXPECT_EQ(file_error("keep-alive = 80\nkeep_alive = 1ms\n[section]\npeers-port = 6969\n"
                       "peers-port = 7000\nlog-level = loud\nname =\nmulticast-ttl = 1#\n"),
            "a.conf:1: keep-alive: `80` has no unit, write 80ms (ns, us, ms, s, min, h)\n"
            "a.conf:2: there is no key `keep_alive`, did you mean `keep-alive`?\n"
            "a.conf:3: there are no sections here, only lines of `key = value`\n"
            "a.conf:5: peers-port: it is given already in a.conf:4\n"
            "a.conf:6: log-level: `loud` is none of the choices, known are error, warning, notice, "
            "info, debug\n"
            "a.conf:7: name: it has no value; leave the key out to have its default\n"
            "a.conf:8: `#` begins a comment, put a blank before it; a secret with `#` in it can be "
            "in the secret-file");
}

TEST(Configuration, MistakesOfAllSourcesAndAllContradictionsAreTold) {
  OwnHost host("keep-alive = 0s\n");
  EXPECT_EQ(host.error({"--log-level=loud"}, {"SWARM_TRACKER_PEERS_PORT=0"}),
            "--log-level: `loud` is none of the choices, known are error, warning, notice, info, "
            "debug\n"
            "SWARM_TRACKER_PEERS_PORT: `0` is out of range, it must be within 1..65535\n" +
                host.file() + ":1: keep-alive: 0s is out of range, it must be within 100us..60s");
  const auto both = file_error("keep-alive = 80ms\nallow-list = a\ndeny-list = b\nsecret = " +
                               std::string(good_secret) + "\nsecret-file = c\n");
  EXPECT_THAT(both, HasSubstr("a.conf:1: keep-alive: "));
  EXPECT_THAT(both, HasSubstr("\na.conf:4: secret: there is a secret-file too"));
  EXPECT_THAT(both, HasSubstr("\na.conf:3: deny-list: there is an allow-list too"));
}

TEST(Configuration, OfManyMistakesTenAreTold) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "colour = red\n";
  const auto told = file_error(text);
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 9);
}

TEST(Configuration, ABadValueIsRefusedWhereAnotherOneCountsToo) {
  const OwnHost host("window = many\n");
  EXPECT_THAT(host.error({"--window", "1"}), HasSubstr(":1: window: `many`"));
}

TEST(Configuration, KeysOfTheDaemonHaveBounds) {
  const std::vector<std::pair<std::string, std::string>> bad{{"cluster-port", "0"},
                                                             {"peers-port", "65536"},
                                                             {"multicast-ttl", "256"},
                                                             {"multicast-ttl", "-1"},
                                                             {"socket-buffer", "1B"},
                                                             {"socket-buffer", "2GiB"},
                                                             {"stop-timeout", "2h"},
                                                             {"log-level", "loud"},
                                                             {"log-format", "xml"},
                                                             {"multicast-group", "10.0.0.1"},
                                                             {"cluster-address", "0.0.0.0"},
                                                             {"peers-address", "239.255.0.1"},
                                                             {"http-address", "127.0.0.1"},
                                                             {"http-address", "localhost:80"},
                                                             {"name", "two words"},
                                                             {"name", "a\"b"},
                                                             {"contact", "tracker 2"},
                                                             {"contact", "127.0.0.1,"},
                                                             {"secret", "too short"},
                                                             {"max-memory", "much"},
                                                             {"pre-vote", "yes"},
                                                             {"ready", "all"}};
  for (const auto& [key, value] : bad)
    EXPECT_THAT(file_error(key + " = " + value), StartsWith("a.conf:1: " + key + ": "))
        << key << " = " << value;
}

TEST(Configuration, AKeyWithoutAValueIsRefused) {
  const OwnHost host;
  EXPECT_EQ(host.error({"--window"}), "--window: it has no value");
  EXPECT_THAT(host.error({}, {"SWARM_TRACKER_WINDOW="}), HasSubstr("it has no value"));
  EXPECT_THAT(host.error({}, {"SWARM_TRACKER_WINDOW"}), HasSubstr("it has no value"));
  EXPECT_THAT(file_error("window =\n"), StartsWith("a.conf:1: window: it has no value"));
}

TEST(Configuration, LinesThatAreNoneAreRefused) {
  EXPECT_EQ(file_error("window = 1\nwindow 2\n"), "a.conf:2: this is no line of `key = value`");
  EXPECT_THAT(file_error("= 2"), StartsWith("a.conf:1: "));
  EXPECT_THAT(file_error("[cluster]\n"), StartsWith("a.conf:1: there are no sections"));
  EXPECT_THAT(file_error("config = /etc/x\n"), StartsWith("a.conf:1: there is no key `config`"));
}

TEST(Configuration, ASecretDoesNotLoseItsEndToAComment) {
  EXPECT_THAT(file_error("secret = correct horse#battery staple\n"),
              AllOf(StartsWith("a.conf:1: "), HasSubstr("comment")));
  EXPECT_EQ(parse_configuration("secret = correct horse battery  # mine", "a.conf").secret,
            "correct horse battery");
}

TEST(Configuration, KeysThatContradictEachOtherAreRefused) {
  EXPECT_EQ(file_error("\npromise = 5ms\n"),
            "a.conf:2: promise: a promise of 5ms must be longer than the keep-alive of 10ms");
  EXPECT_EQ(file_error("name = a\n\nkeep-alive = 80ms\n"),
            "a.conf:3: keep-alive: a promise of 50ms must be longer than the keep-alive of 80ms");
  EXPECT_THAT(file_error("promise-max = 5ms\n"), Not(HasSubstr("promise_max")));
  EXPECT_EQ(file_error("ready = in-sync\nin-sync-limit = 5ms\n"),
            "a.conf:2: in-sync-limit: in-sync-limit 5ms is less than twice the keep-alive of 10ms: "
            "members that live would leave the in-sync set and come back for ever");
  EXPECT_THAT(OwnHost("promise = 5ms").error({"--keep-alive", "20ms"}), HasSubstr(":1: promise: "));
  EXPECT_THAT(file_error("secret = correct horse battery\nsecret-file = /x\n"),
              StartsWith("a.conf:1: secret: "));
}

TEST(Configuration, AnInstanceIsNotConfiguredToFoundASwarmAlone) {  // R21
  EXPECT_THAT(file_error("first-start = init"),
              AllOf(StartsWith("a.conf:1: first-start: "), HasSubstr("swarm-tracker init")));
  EXPECT_THAT(file_error("first-start = boot"), HasSubstr("bootstrap, join, manual"));
  EXPECT_EQ(parse_configuration("first-start = manual", "").tracker.first_start,
            FirstStart::manual);
}

TEST(Configuration, ANamedFileMustBeReadable) {
  const OwnHost host;
  const auto error = [](const std::string& path) {
    try {
      read_configuration({"--config", path}, {});
    } catch (const ConfigurationError& e) {
      return std::string(e.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(error(host.path("none")), EndsWith("none: there is no such file"));
  EXPECT_THAT(error("/"), HasSubstr("cannot be read"));
  EXPECT_THAT(error(host.write("large", std::string(1 << 20, '\n'))), HasSubstr("too large"));
  const std::string mine = host.write("mine", "", 0);
  const bool root = ::geteuid() == 0;  // who may read everything
  ASSERT_EQ(root ? ::seteuid(65534) : 0, 0);
  const std::string refused = error(mine);
  ASSERT_EQ(root ? ::seteuid(0) : 0, 0);
  EXPECT_THAT(refused, HasSubstr("may not be read"));
}

TEST(Configuration, AnErrorDoesNotTellTheSecret) {
  EXPECT_THAT(file_error("secret = hunter2"), Not(HasSubstr("hunter2")));
  EXPECT_THAT(OwnHost().error({"--secret", "hunter2"}), Not(HasSubstr("hunter2")));
}

TEST(Configuration, ASecretOnTheCommandLineIsWarnedOf) {
  const std::string secret(good_secret);
  EXPECT_THAT(OwnHost().read({"--secret", secret}).warnings,
              ElementsAre(AllOf(HasSubstr("--secret"), Not(HasSubstr(secret)))));
  EXPECT_THAT(OwnHost().read({}, {"SWARM_TRACKER_SECRET=" + secret}).warnings, IsEmpty());
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

// ---- On this host

Texts resolved(Configuration& c) {
  return resolve(c);
}

Configuration on_loopback(std::string_view more = "") {
  return parse_configuration(
      "interface = 127.0.0.2\nsecret = " + std::string(good_secret) + "\n" + std::string(more),
      "a.conf");
}

std::string resolve_error(Configuration c) {
  try {
    resolve(c);
  } catch (const ConfigurationError& error) {
    return error.what();
  }
  return "none";
}

TEST(Configuration, AddressesAreThoseOfTheInterface) {
  auto c = on_loopback("cluster-port = 7001\npeers-port = 6970\n");
  EXPECT_THAT(resolved(c), IsEmpty());
  EXPECT_EQ(to_string(c.tracker.cluster_address), "127.0.0.2:7001");
  EXPECT_EQ(to_string(c.tracker.peers_address), "127.0.0.2:6970");
}

TEST(Configuration, EachChannelMayHaveAnAddressOfItsOwn) {
  auto c = on_loopback("cluster-address = 127.0.0.4\npeers-address = 127.0.0.5\n");
  resolve(c);
  EXPECT_EQ(to_string(c.tracker.cluster_address), "127.0.0.4:7000");
  EXPECT_EQ(to_string(c.tracker.peers_address), "127.0.0.5:6969");
}

TEST(Configuration, AnAddressOfAnotherHostIsRefusedAndTheKeyIsNamed) {
  EXPECT_THAT(resolve_error(on_loopback("cluster-address = 192.0.2.77\n")),
              AllOf(StartsWith("cluster-address: "), HasSubstr("192.0.2.77")));
  EXPECT_THAT(resolve_error(parse_configuration("interface = nowhere0", "a.conf")),
              AllOf(StartsWith("interface: "), HasSubstr("127.0.0.1")));
}

TEST(Configuration, BothChannelsCannotHaveOnePort) {
  EXPECT_THAT(resolve_error(on_loopback("peers-port = 7000\n")), StartsWith("peers-port: "));
  EXPECT_EQ(resolve_error(on_loopback("peers-port = 7000\npeers-address = 127.0.0.5\n")), "none");
}

TEST(Configuration, ContactsAreTheNamedOnesAndTheGroupButNotItself) {
  auto c = on_loopback("contact = 127.0.0.1, 127.0.0.2, 127.0.0.3:7003\n");
  resolve(c);
  EXPECT_THAT(c.tracker.contacts,
              ElementsAre(Endpoint{0x7f000001, 7000}, Endpoint{0x7f000003, 7003},
                          Endpoint{0xefff0001, 7000}));
  resolve(c);
  EXPECT_EQ(c.tracker.contacts.size(), 3u) << "a second look adds nothing";
}

TEST(Configuration, WithoutTheGroupAndContactsNobodyIsAsked) {
  auto c = on_loopback("multicast-group = none\n");
  EXPECT_THAT(resolved(c), ElementsAre(HasSubstr("asks nobody")));
  EXPECT_THAT(c.tracker.contacts, IsEmpty());
  auto named = on_loopback("multicast-group = none\ncontact = 127.0.0.3\n");
  EXPECT_THAT(resolved(named), IsEmpty());
}

TEST(Configuration, TheSecretIsTheFirstLineOfItsFile) {
  const OwnHost host;
  const auto file = host.write("secret", std::string(good_secret) + " \r\nsecond line\n");
  auto c = parse_configuration("interface = lo\nsecret-file = " + file, "a.conf");
  EXPECT_THAT(resolved(c), IsEmpty());
  EXPECT_EQ(c.tracker.swarm_secret, wire::secret_from_text(good_secret));
  auto other = on_loopback();
  resolve(other);
  EXPECT_EQ(other.tracker.swarm_secret, c.tracker.swarm_secret);
}

TEST(Configuration, ASecretThatIsNoneIsRefused) {
  const OwnHost host;
  const auto error = [](const std::string& file) {
    return resolve_error(parse_configuration("interface = lo\nsecret-file = " + file, "a.conf"));
  };
  EXPECT_THAT(error(host.path("none")),
              AllOf(StartsWith("secret-file: "), HasSubstr("no such file")));
  EXPECT_THAT(error(host.write("empty", "\n" + std::string(good_secret))), HasSubstr("is empty"));
  const auto shorter = error(host.write("short", "fifteen letters\n"));
  EXPECT_THAT(shorter, AllOf(HasSubstr("less than 16"), Not(HasSubstr("fifteen"))));
  EXPECT_EQ(error(host.write("good", "sixteen letters!\n")), "none");
}

TEST(Configuration, ASecretThatOthersMayReadIsWarnedOf) {
  const OwnHost host;
  const auto file = host.write("secret", good_secret, 0644);
  auto c = parse_configuration("interface = lo\nsecret-file = " + file, "a.conf");
  EXPECT_THAT(resolved(c), ElementsAre(HasSubstr("chmod o-r " + file)));
  ::chmod(file.c_str(), 0640);
  EXPECT_THAT(resolved(c), IsEmpty());

  const OwnHost open("interface = lo\nsecret = " + std::string(good_secret) + "\n");
  ::chmod(open.file().c_str(), 0644);
  auto inside = open.read();
  EXPECT_THAT(resolved(inside), ElementsAre(HasSubstr(open.file())));
}

TEST(Configuration, WithoutASecretThereIsLoopbackOnly) {
  auto c = parse_configuration("interface = lo", "a.conf");
  EXPECT_THAT(resolved(c), ElementsAre(HasSubstr("no secret")));
  EXPECT_EQ(c.tracker.swarm_secret, Secret{});
  for (const auto& there : network_interfaces()) {
    if (there.loopback || !there.up) continue;
    EXPECT_THAT(resolve_error(parse_configuration("interface = " + there.name, "a.conf")),
                AllOf(StartsWith("secret-file: "), HasSubstr("/dev/urandom")));
    return;
  }
  GTEST_SKIP() << "this host has a loopback only";
}

TEST(Configuration, SmallSwarmsAreToldWhatTheyAre) {  // R22
  auto one = on_loopback("bootstrap-expect = 1\n");
  EXPECT_THAT(resolved(one), ElementsAre(HasSubstr("alone")));
  auto two = on_loopback("bootstrap-expect = 2\n");
  EXPECT_THAT(resolved(two), ElementsAre(HasSubstr("death of either")));
  auto joins = on_loopback("bootstrap-expect = 2\nfirst-start = join\n");
  EXPECT_THAT(resolved(joins), IsEmpty());
}

TEST(Configuration, OpenStatusIsWarnedOf) {
  auto open = on_loopback("http-address = 0.0.0.0:6980\n");
  EXPECT_THAT(resolved(open), ElementsAre(HasSubstr("http-address")));
  auto none = on_loopback("http-address = none\n");
  EXPECT_THAT(resolved(none), IsEmpty());
}

// ---- IPv6, HTTP for clients, lists of contents

TEST(Configuration, Ipv6IsTheNamedAddressOrTheInterfacesOrNone) {
  auto c = on_loopback();
  EXPECT_THAT(resolved(c), IsEmpty());
  EXPECT_EQ(c.peers6, std::nullopt) << "the loopback's is not taken unasked";
  auto named = on_loopback("peers-address6 = ::1\npeers-port = 6970\n");
  EXPECT_THAT(resolved(named), IsEmpty());
  ASSERT_TRUE(named.peers6);
  EXPECT_EQ(to_string(*named.peers6), "[::1]:6970");
  auto none = on_loopback("peers-address6 = none\n");
  resolve(none);
  EXPECT_EQ(none.peers6, std::nullopt);
}

TEST(Configuration, AnIpv6AddressMustBeThisHosts) {
  EXPECT_EQ(resolve_error(on_loopback("peers-address6 = 2001:db8::77\n")),
            "peers-address6: 2001:db8::77 is no address of this host");
  for (const char* value : {"fe80::1", "ff02::1", "::", "192.0.2.1", "[::1]", "automatic"})
    EXPECT_THAT(file_error(std::string("peers-address6 = ") + value),
                StartsWith("a.conf:1: peers-address6: "))
        << value;
  EXPECT_THAT(file_error("peers-adress6 = none"), HasSubstr("did you mean `peers-address6`?"));
}

TEST(Configuration, HttpForClientsIsAListOfAddresses) {
  EXPECT_THAT(parse_configuration("", "").announce_http_addresses, IsEmpty());
  EXPECT_THAT(parse_configuration("announce-http-address = none", "").announce_http_addresses,
              IsEmpty());
  const auto c = parse_configuration(
      "announce-http-address = 127.0.0.1:80, [::1]:80\nannounce-http-address = 127.0.0.2:80\n",
      "a.conf");
  EXPECT_THAT(c.announce_http_addresses, ElementsAre("127.0.0.1:80", "[::1]:80", "127.0.0.2:80"));
  EXPECT_THAT(OwnHost("announce-http-address = 127.0.0.1:80")
                  .read({"--announce-http-address", "none"})
                  .announce_http_addresses,
              IsEmpty());
  EXPECT_THAT(file_error("announce-http-address = ::1:80"), HasSubstr("like [2001:db8::1]:6969"));
  EXPECT_THAT(file_error("announce-http-address = [::1]"), HasSubstr("like [2001:db8::1]:6969"));
  EXPECT_THAT(file_error("announce-http-address = 127.0.0.1:80, none"), HasSubstr("stands alone"));
}

TEST(Configuration, EachAddressOfHttpIsThisHostsAndServesOneThing) {
  EXPECT_EQ(resolve_error(on_loopback("announce-http-address = 127.0.0.9:80, [::1]:80, [::]:81\n")),
            "none");
  for (const std::string key : {"http-address", "announce-http-address"})
    EXPECT_EQ(resolve_error(on_loopback(key + " = 192.0.2.99:80\n")),
              key + ": 192.0.2.99 is no address of this host");
  EXPECT_EQ(resolve_error(on_loopback("announce-http-address = 127.0.0.1:6980\n")),
            "announce-http-address: 127.0.0.1:6980 is taken already, by http-address");
  EXPECT_EQ(resolve_error(on_loopback("announce-http-address = [::1]:80, [0:0::1]:80\n")),
            "announce-http-address: [0:0::1]:80 is taken already, by announce-http-address");
}

const std::string one_hash(40, '1'), other_hash(40, '2');

InfoHash hash_of(std::uint8_t byte) {
  InfoHash hash;
  hash.bytes.fill(byte);
  return hash;
}

Configuration with_list(const std::string& key, const std::string& file) {
  auto c = on_loopback(key + " = " + file + "\n");
  resolve(c);
  return c;
}

TEST(Configuration, AListOfContentsIsRead) {
  const OwnHost host;
  const auto file = host.write("list", one_hash + "\n");
  const auto allow = with_list("allow-list", file).tracker.contents_taken;
  ASSERT_NE(allow, nullptr);
  EXPECT_TRUE(allow->takes(hash_of(0x11)));
  EXPECT_FALSE(allow->takes(hash_of(0x22)));
  const auto deny = with_list("deny-list", file).tracker.contents_taken;
  ASSERT_NE(deny, nullptr);
  EXPECT_FALSE(deny->takes(hash_of(0x11)));
  EXPECT_TRUE(deny->takes(hash_of(0x22)));
  auto none = on_loopback();
  resolve(none);
  EXPECT_EQ(none.tracker.contents_taken, nullptr);
}

TEST(Configuration, AListThatIsWrongIsRefusedAndItsLineIsNamed) {
  const OwnHost host;
  const auto file = host.write("list", one_hash + "\nnone\n");
  EXPECT_EQ(resolve_error(on_loopback("deny-list = " + file)),
            file +
                ":2: `none` is no info-hash: character 1 is `n`, only 0-9 and a-f are "
                "hexadecimal digits");
  EXPECT_THAT(resolve_error(on_loopback("allow-list = " + host.path("missing"))),
              EndsWith("missing: there is no such file"));
  EXPECT_EQ(file_error("allow-list = /a\ndeny-list = /b\n"),
            "a.conf:2: deny-list: there is an allow-list too: leave one of them out");
}

TEST(Configuration, AnEmptyAllowListIsWarnedOf) {
  const OwnHost host;
  auto c = on_loopback("allow-list = " + host.write("list", "# later\n"));
  EXPECT_THAT(resolved(c), ElementsAre(HasSubstr("none is tracked")));
}

// ---- Reload

TEST(Reload, NothingNewIsNothing) {
  auto current = on_loopback();
  const auto result = reload(current, on_loopback());
  EXPECT_THAT(result.changed, IsEmpty());
  EXPECT_THAT(result.needs_restart, IsEmpty());
}

TEST(Reload, WhatMayChangeIsTakenOver) {
  auto current = on_loopback();
  const auto result = reload(current, on_loopback("log-level = debug\nmax-peers = 5\n"));
  EXPECT_THAT(result.changed,
              ElementsAre("log-level: info becomes debug", "max-peers: 4000000 becomes 5"));
  EXPECT_THAT(result.needs_restart, IsEmpty());
  EXPECT_EQ(current.log_level, LogLevel::debug);
  EXPECT_EQ(current.tracker.max_peers, 5u);
}

TEST(Reload, WhatMayNotIsNamedAndStays) {
  auto current = on_loopback();
  const auto result =
      reload(current, on_loopback("promise = 60ms\ncontact = 127.0.0.9\ncluster-port = 7009\n"));
  EXPECT_THAT(result.changed, IsEmpty());
  EXPECT_THAT(result.needs_restart,
              ElementsAre("cluster-port: 7000 becomes 7009",
                          "contact: none, multicast finds the others becomes 127.0.0.9",
                          "promise: 50ms becomes 60ms"));
  EXPECT_EQ(current.tracker.promise, 50ms);
  EXPECT_EQ(current.cluster_port, 7000);
}

TEST(Reload, TheSecretIsNotTold) {
  auto current = on_loopback();
  auto fresh = on_loopback();
  fresh.secret = "another horse battery staple";
  const auto result = reload(current, fresh);
  EXPECT_THAT(result.needs_restart, ElementsAre("secret: it is another one"));
}

TEST(Reload, ANewSecretInTheOldFileNeedsARestart) {
  const OwnHost host;
  const auto file = host.write("secret", good_secret);
  const auto read = [&] {
    auto c = parse_configuration("interface = lo\nsecret-file = " + file, "a.conf");
    resolve(c);
    return c;
  };
  auto current = read();
  host.write("secret", "another horse battery staple");
  EXPECT_THAT(reload(current, read()).needs_restart,
              ElementsAre(AllOf(HasSubstr("secret-file"), Not(HasSubstr("horse")))));
  EXPECT_EQ(current.tracker.swarm_secret, wire::secret_from_text(good_secret));
}

// vote-retry-min alone would exceed the maximum that there is; together they are good.
TEST(Reload, KeysThatNeedEachOtherChangeTogether) {
  auto current = on_loopback();
  const auto result =
      reload(current, on_loopback("vote-retry-min = 40ms\nvote-retry-max = 60ms\n"));
  EXPECT_THAT(result.changed, Contains("vote-retry-min: 15ms becomes 40ms"));
  EXPECT_THAT(result.changed, Contains("vote-retry-max: 30ms becomes 60ms"));
  EXPECT_EQ(current.tracker.vote_retry_min, 40ms);
  EXPECT_EQ(current.tracker.vote_retry_max, 60ms);
}

TEST(Reload, AListOfContentsIsTakenOver) {
  const OwnHost host;
  const auto file = host.write("list", one_hash + "\n");
  auto current = with_list("deny-list", file);
  EXPECT_THAT(reload(current, with_list("deny-list", file)).changed, IsEmpty());
  host.write("list", one_hash + "\n" + other_hash + "\n");
  EXPECT_THAT(reload(current, with_list("deny-list", file)).changed,
              ElementsAre("all but the contents of the deny-list are tracked, 2 in all"));
  EXPECT_FALSE(current.tracker.contents_taken->takes(hash_of(0x22)));

  const auto to_allow = reload(current, with_list("allow-list", file));
  EXPECT_THAT(
      to_allow.changed,
      ElementsAre("allow-list: none becomes " + file, "deny-list: " + file + " becomes none",
                  "only the contents of the allow-list are tracked, 2 in all"));
  EXPECT_THAT(to_allow.needs_restart, IsEmpty());
  EXPECT_TRUE(current.tracker.contents_taken->takes(hash_of(0x22)));
  auto none = on_loopback();
  resolve(none);
  EXPECT_THAT(reload(current, none).changed, Contains("all contents are tracked"));
  EXPECT_EQ(current.tracker.contents_taken, nullptr);
}

TEST(Reload, EveryReloadableKeyOfTheEngineIsTakenOver) {
  for (const auto& key : tracker_settings_keys()) {
    if (!key.reloadable) continue;
    TrackerSettings other;
    for (const char* value : {"1", "1s", "20ms", "40ms", "200s", "2KiB", "false"})
      if (TrackerSettings tried;
          set_tracker_setting(tried, key, value) &&
          tracker_setting_text(tried, key) != tracker_setting_text(TrackerSettings(), key) &&
          find_conflict(tried).key.empty())
        other = tried;
    Configuration current, fresh;
    fresh.tracker = other;
    const auto result = reload(current, fresh);
    EXPECT_EQ(result.changed.size(), 1u) << key.name;
    EXPECT_EQ(tracker_setting_text(current.tracker, key), tracker_setting_text(other, key));
  }
}

}  // namespace
}  // namespace swarm::udp
