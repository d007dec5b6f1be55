// The configuration: what is refused or warned of, and with which sentence.
#include "transport/udp/configuration/configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "tests/udp/configuration/own_host.hpp"

namespace swarm::udp::configurations {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(Configuration, ALineThatLooksLikeASecretIsNotRepeated) {
  try {
    parse_configuration("c2VjcmV0IG9mIHRoZSBzd2FybQ=x\n", "file");
    FAIL() << "it was taken";
  } catch (const ConfigurationError& error) {
    EXPECT_EQ(std::string(error.what()).find("c2Vj"), std::string::npos) << error.what();
  }
}

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

TEST(Configuration, ThePreviousProtocolIsWarnedOf) {
  const std::vector<std::string> secret{"SWARM_TRACKER_SECRET=" + std::string(good_secret)};
  EXPECT_THAT(OwnHost().read({"--previous-protocol", "true"}, secret).warnings,
              ElementsAre(AllOf(HasSubstr("previous-protocol"), HasSubstr("not encrypted"))));
  EXPECT_THAT(OwnHost().read({"--previous-protocol", "false"}, secret).warnings, IsEmpty());
}

TEST(Configuration, ASecretOnTheCommandLineIsWarnedOf) {
  const std::string secret(good_secret);
  EXPECT_THAT(OwnHost().read({"--secret", secret}).warnings,
              ElementsAre(AllOf(HasSubstr("--secret"), Not(HasSubstr(secret)))));
  EXPECT_THAT(OwnHost().read({}, {"SWARM_TRACKER_SECRET=" + secret}).warnings, IsEmpty());
}

}  // namespace
}  // namespace swarm::udp::configurations
