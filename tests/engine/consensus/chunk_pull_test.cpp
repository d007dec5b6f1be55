#include "engine/consensus/chunk_pull.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "engine/base/assert.hpp"
#include "engine/base/random.hpp"

namespace swarm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Time begin{10s};

TEST(ChunkPull, AsksForNothingTwiceThatIsUnderWay) {
  ChunkPull pull(1000, 64, begin);
  EXPECT_THAT(pull.ask(begin), ElementsAre(0, 1, 2, 3));
  for (Duration d = 1ms; d < 90ms; d += 1ms) {
    pull.wake(begin + d);
    EXPECT_THAT(pull.ask(begin + d), IsEmpty());
  }
}

TEST(ChunkPull, AsksForTheOldestAloneAfterASilence) {
  ChunkPull pull(1000, 64, begin);
  pull.ask(begin);
  ASSERT_EQ(pull.next_wake(), begin + 100ms);
  pull.wake(begin + 100ms);
  EXPECT_THAT(pull.ask(begin + 100ms), ElementsAre(0));
  pull.wake(begin + 290ms);  // the patience has doubled
  EXPECT_THAT(pull.ask(begin + 290ms), IsEmpty());
}

TEST(ChunkPull, AsksAgainForWhatWasOvertakenAndIsOverdue) {
  ChunkPull pull(1000, 64, begin);
  pull.ask(begin);
  const Time came = begin + 2ms;
  for (const std::uint32_t chunk : {1u, 2u, 3u}) EXPECT_TRUE(pull.received(came, chunk));
  const auto next = pull.ask(came);  // it may still come
  EXPECT_EQ(std::count(next.begin(), next.end(), 0u), 0);
  pull.wake(pull.next_wake());
  EXPECT_THAT(pull.ask(pull.next_wake()), testing::Contains(0u));
}

TEST(ChunkPull, WhatComesTwiceCountsOnce) {
  ChunkPull pull(3, 64, begin);
  pull.ask(begin);
  EXPECT_TRUE(pull.received(begin + 1ms, 1));
  EXPECT_FALSE(pull.received(begin + 1ms, 1));
  EXPECT_TRUE(pull.received(begin + 1ms, 0));
  EXPECT_FALSE(pull.complete());
  EXPECT_TRUE(pull.received(begin + 1ms, 2));
  EXPECT_TRUE(pull.complete());
  EXPECT_EQ(pull.next_wake(), never);
}

// A sender that answers each asking after a round trip, but for those that are lost.
struct Sender {
  ChunkPull pull{2000, 64, begin};
  Random random{7};
  std::multimap<Time, std::uint32_t> on_the_way;
  std::uint64_t asked = 0;
  Duration took{};

  void pull_all(Duration round_trip, Duration each, std::uint32_t percent_lost) {
    Time free = begin;
    for (Time now = begin; !pull.complete() && now < begin + 300s; now += 100us) {
      while (!on_the_way.empty() && on_the_way.begin()->first <= now) {
        pull.received(now, on_the_way.begin()->second);
        on_the_way.erase(on_the_way.begin());
      }
      if (pull.next_wake() <= now) pull.wake(now);
      for (const auto chunk : pull.ask(now)) {
        ++asked;
        free = std::max(free, now) + each;
        if (random.below(100) >= percent_lost) on_the_way.emplace(free + round_trip, chunk);
      }
      took = now - begin;
    }
  }
};

TEST(ChunkPull, AsksForLittleMoreThanWhatIsLost) {
  for (const Duration round_trip : {Duration(400us), Duration(40ms), Duration(200ms)})
    for (const Duration each : {Duration(94us), Duration(940us), Duration(9400us)})
      for (const std::uint32_t lost : {0u, 2u, 10u}) {
        Sender room;
        room.pull_all(round_trip, each, lost);
        EXPECT_TRUE(room.pull.complete());
        // 1 / (1 - lost), and a fiftieth of it
        EXPECT_LE(room.asked * (100 - lost), 2000 * 102)
            << round_trip.count() << ' ' << each.count() << ' ' << lost;
      }
}

TEST(ChunkPull, FillsTheLine) {
  Sender room;
  room.pull_all(1ms, 94us, 0);
  EXPECT_LT(room.took, 2 * 2000 * 94us);
}

TEST(ChunkPull, KeptChunksAreKnownBeforeAnyIsAskedFor) {
  ChunkPull pull(4, 2, Time{});
  EXPECT_THROW(pull.has(4), AssertionFailed);
  pull.has(0);
  pull.ask(Time{});
  EXPECT_THROW(pull.has(1), AssertionFailed);
}

}  // namespace
}  // namespace swarm
