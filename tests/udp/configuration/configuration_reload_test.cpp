// The configuration read again: what is taken over, what needs a restart.
#include "transport/udp/configuration/configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "engine/tracker/settings_keys.hpp"
#include "engine/wire/secret.hpp"
#include "tests/udp/configuration/own_host.hpp"

namespace swarm::udp::configurations {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

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
}  // namespace swarm::udp::configurations
