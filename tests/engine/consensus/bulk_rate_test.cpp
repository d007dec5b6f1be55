#include "engine/consensus/bulk_rate.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace swarm {
namespace {

// A line of its own that carries bulk and keep-alives first in, first out, and forgets nothing.
struct Line {
  explicit Line(std::uint64_t bytes_per_second, Time begin = Time(10s))
      : line(bytes_per_second), now(begin), free(begin), next_keep_alive(begin) {
    rate.bear(10ms, 40ms);
  }
  Time carry(std::size_t bytes) {
    free = std::max(free, now) + std::chrono::nanoseconds(bytes * 1'000'000'000 / line);
    return free;
  }
  // Bulk waits all the time; a keep-alive each 10 ms, acknowledged `away` after it is through.
  void pass(Duration d, bool acknowledges = true) {
    for (const Time end = now + d; now < end; now += 100us) {
      while (bulk_waits && rate.next(now) <= now) {
        const Time through = carry(1174);
        latest = std::max(latest, through - now);
        rate.left(now, 1174);
        sent += 1174;
      }
      if (now >= next_keep_alive) {
        next_keep_alive = now + 10ms;
        on_the_way.push_back({now, carry(220) + away});
      }
      std::erase_if(on_the_way, [&](const auto& one) {
        if (one.second > now) return false;
        if (acknowledges) rate.acknowledged(now, one.first, path.sample(now, now - one.first));
        return true;
      });
    }
  }
  std::uint64_t line;
  Duration away = 400us;
  bool bulk_waits = true;
  Time now, free, next_keep_alive;
  std::vector<std::pair<Time, Time>> on_the_way;
  BulkRate rate{now};
  PathDelay path;
  std::uint64_t sent = 0;
  Duration latest{};  // the longest queue that a datagram found and left
};

TEST(BulkRate, FillsALineAndKeepsItsQueueShort) {
  for (const std::uint64_t mbit : {1u, 2u, 10u, 100u, 1000u}) {
    Line room(mbit * 125'000);
    room.pass(1s);
    room.sent = 0;
    room.latest = {};
    room.pass(4s);
    EXPECT_LT(room.latest, 30ms) << mbit;
    EXPECT_GT(room.sent * 2, 4 * room.line) << mbit;  // half of it, at the least
  }
}

TEST(BulkRate, TheFirstDatagramsOverwhelmNobody) {
  Line room(125'000);
  room.pass(500ms);
  EXPECT_LT(room.latest, 40ms);
}

TEST(BulkRate, IsTheSameOnAClockBelowZero) {
  Line above(1'250'000), below(1'250'000, Time(-300s));
  for (auto* room : {&above, &below}) room->pass(3s);
  EXPECT_EQ(below.sent, above.sent);
}

TEST(BulkRate, DoesNotGrowWhileNothingWaitsForIt) {
  Line room(125'000'000);
  room.bulk_waits = false;
  room.pass(1s);
  EXPECT_EQ(room.rate.rate(), BulkRate::first);
}

TEST(BulkRate, IsATrickleWhileKeepAlivesAreNotAcknowledged) {
  Line room(12'500'000);
  room.pass(1s);
  ASSERT_GT(room.rate.rate(), 1'000'000u);
  room.pass(100ms, false);
  ASSERT_TRUE(room.rate.held());
  room.sent = 0;
  room.pass(1s, false);
  EXPECT_LE(room.sent, 2 * BulkRate::least);
  EXPECT_GT(room.sent, 0u);  // the path is tried
  room.pass(500ms);
  EXPECT_GT(room.rate.rate(), 1'000'000u);
}

TEST(BulkRate, FindsTheWayBackWhenThePathHasBecomeLonger) {
  Line room(12'500'000);
  room.pass(1s);
  room.away = 60ms;
  room.pass(25s);
  EXPECT_GT(room.rate.rate(), BulkRate::first / 2);
}

TEST(PathDelay, IsWhatARoundTripIsAboveTheLeastOne) {
  PathDelay path;
  EXPECT_EQ(path.sample(Time{1s}, 5ms), 0ns);
  EXPECT_EQ(path.sample(Time{2s}, 8ms), 3ms);
  EXPECT_EQ(path.sample(Time{3s}, 4ms), 0ns);
  EXPECT_EQ(path.sample(Time{4s}, 6ms), 2ms);
  EXPECT_EQ(path.round_trip(), 6ms);
}

}  // namespace
}  // namespace swarm
