// The back-off of supervisors, real and simulated.
#include "transport/restart_back_off.hpp"

#include <gtest/gtest.h>

#include <set>

namespace swarm {
namespace {

constexpr RestartBackOff::Settings settings{250ms, 5s, 60s};

TEST(RestartBackOffs, DoubleWithEachDeathOfAWorkerThatDiesAtOnce) {
  RestartBackOff back_off(settings);
  for (const Duration most : {250ms, 500ms, 1000ms, 2000ms, 4000ms, 5000ms, 5000ms})
    EXPECT_EQ(back_off.ended(0ns, 0), most);
}

TEST(RestartBackOffs, AreDrawnFromTheirUpperHalf) {
  std::set<Duration> waits;
  for (std::uint64_t chance = 1; chance < 1'000'000'000'000; chance = chance * 7 + 1) {
    RestartBackOff back_off(settings);
    waits.insert(back_off.ended(0ns, chance));
  }
  EXPECT_GT(waits.size(), 5u);
  EXPECT_GE(*waits.begin(), 125ms);
  EXPECT_LE(*waits.rbegin(), 250ms);
}

TEST(RestartBackOffs, CountFromTheStartOfTheWorkerThatEnded) {
  RestartBackOff back_off(settings);
  for (int i = 0; i < 6; ++i) back_off.ended(0ns, 0);
  EXPECT_EQ(back_off.ended(3s, 0), 2s);
  EXPECT_EQ(back_off.ended(10s, 0), 250ms);  // a storage that stood still for all
  EXPECT_EQ(back_off.ended(0ns, 0), 5s);     // and that is not forgotten yet
}

TEST(RestartBackOffs, AreForgivenAfterALongLife) {
  RestartBackOff back_off(settings);
  for (int i = 0; i < 6; ++i) back_off.ended(0ns, 0);
  EXPECT_EQ(back_off.ended(60s, 0), 250ms);
  EXPECT_EQ(back_off.ended(0ns, 0), 500ms);
}

}  // namespace
}  // namespace swarm
