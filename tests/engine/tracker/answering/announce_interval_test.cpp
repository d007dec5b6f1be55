#include "engine/tracker/answering/announce_interval.hpp"

#include <gtest/gtest.h>

namespace swarm {
namespace {

constexpr std::size_t crowd = 400'000;  // registrations, which need 200 s

TEST(AnnounceInterval, IsThatOfTheSettingsWhileTheSwarmIsSmall) {
  const AnnounceInterval lan(10s);
  EXPECT_EQ(lan.of(0), 10s);
  EXPECT_EQ(lan.of(10 * AnnounceInterval::announces_per_second), 10s);
}

TEST(AnnounceInterval, GrowsWithTheSwarmUpToFiveMinutes) {
  const AnnounceInterval lan(10s);
  EXPECT_EQ(lan.of(crowd), 200s);
  EXPECT_EQ(lan.of(100 * crowd), 300s);
  EXPECT_EQ(AnnounceInterval(600s).of(100 * crowd), 600s);
}

TEST(AnnounceInterval, ALifetimeIsTwoOfTheLongestThatAreToldAndHalfAMinute) {
  AnnounceInterval lan(10s);
  EXPECT_EQ(lan.lifetime(), 52s);
  lan.notice(Time(1s), crowd);
  EXPECT_EQ(lan.lifetime(), 470s);
}

TEST(AnnounceInterval, ALifetimeSpansTheIntervalThatClientsKeepOfThemselves) {
  EXPECT_EQ(AnnounceInterval(10s, 600s).lifetime(), 1350s);
  EXPECT_EQ(AnnounceInterval(900s, 600s).lifetime(), 2010s);
  EXPECT_EQ(AnnounceInterval(10s, 600s).of(0), 10s) << "they are told the same";
}

TEST(AnnounceInterval, WhoWasToldALongOneHasItsLifetimeWhenTheCrowdHasGone) {
  for (const auto left : {1s, 600s, 689s, 691s, 1000s}) {
    AnnounceInterval lan(10s);
    for (Duration now = 0s; now <= left; now += 1s) lan.notice(Time(now), crowd);
    for (Duration now = left; now <= left + 470s; now += 1s) lan.notice(Time(now), 5);
    EXPECT_GE(lan.lifetime(), 470s) << left.count();
  }
}

TEST(AnnounceInterval, AndAfterAWhileItIsForgotten) {
  AnnounceInterval lan(10s);
  lan.notice(Time(1s), crowd);
  for (Duration now = 2s; now <= 1400s; now += 1s) lan.notice(Time(now), 5);
  EXPECT_EQ(lan.lifetime(), 52s);
}

}  // namespace
}  // namespace swarm
