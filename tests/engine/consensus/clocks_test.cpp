// Swarm time (R14), and how long the syncs of a disk take.
#include <gtest/gtest.h>

#include "engine/base/assert.hpp"
#include "engine/consensus/swarm_clock.hpp"
#include "engine/consensus/sync_watch.hpp"

namespace swarm::test {
namespace {

TEST(SwarmClock, GoesOnWithTheClockOfThisProcess) {
  SwarmClock clock;
  clock.follow({1'000}, Time(5s));
  EXPECT_EQ(clock.at(Time(5s)).us, 1'000u);
  EXPECT_EQ(clock.at(Time(5s + 3us)).us, 1'003u);
}

TEST(SwarmClock, FollowsASlowerMasterButNotBehindAStampOfTheLog) {
  SwarmClock clock;
  clock.follow({1'000}, Time(5s));
  clock.learn({2'000}, Time(5s));
  clock.follow({3'000}, Time(5s));
  clock.follow({2'500}, Time(5s));
  EXPECT_EQ(clock.at(Time(5s)).us, 2'500u);
  clock.follow({1'500}, Time(5s));
  EXPECT_EQ(clock.at(Time(5s)).us, 2'000u);
}

TEST(SwarmClock, AnEarlierStampChangesNothing) {
  SwarmClock clock;
  clock.follow({1'000}, Time(5s));
  clock.learn({2'000}, Time(5s));
  clock.learn({1'500}, Time(5s));
  EXPECT_EQ(clock.at(Time(5s)).us, 2'000u);
}

TEST(SwarmClock, IsNotAskedForATimeBeforeItWasSet) {
  SwarmClock clock;
  clock.follow({1'000}, Time(5s));
  EXPECT_THROW(clock.at(Time(4s)), AssertionFailed);
}

TEST(SyncWatch, TheNextSyncBeginsWhenTheOneBeforeEnds) {
  SyncWatch watch;
  watch.handed(Time(1s));
  watch.handed(Time(2s));
  watch.reported(Time(4s), true);
  EXPECT_EQ(watch.since(), Time(4s));
  EXPECT_EQ(watch.age(Time(5s)), 1s);
  EXPECT_EQ(watch.length(Time(5s)), 3s) << "the sync before took longer";
  watch.reported(Time(6s), false);
  EXPECT_EQ(watch.since(), never);
}

TEST(SyncWatch, NoSyncEndsBeforeItBegins) {
  SyncWatch watch;
  watch.handed(Time(2s));
  EXPECT_THROW(watch.reported(Time(1s), false), AssertionFailed);
}

}  // namespace
}  // namespace swarm::test
