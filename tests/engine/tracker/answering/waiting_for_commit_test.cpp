#include "engine/tracker/answering/waiting_for_commit.hpp"

#include <gtest/gtest.h>

namespace swarm {
namespace {

struct Room {
  WaitingForCommit waiting{7};

  RequestId id(std::uint64_t number) const { return {{}, {}, number}; }
  void handled(std::uint64_t number, Time now) {
    waiting.wait_for(LogIndex{1}, {Requester{{}, now}, number, Bytes{}, number});
    waiting.committed(LogIndex{1}, now, 100, [](const StoredRequest&) {});
  }
  bool known(std::uint64_t number) const { return waiting.asked_before(id(number)).has_value(); }
};

// After a silence the memory of thousands goes by and by; none of them counts meanwhile.
TEST(WaitingForCommit, WhatIsTooOldCountsNoMoreAlthoughItIsStillThere) {
  Room room;
  for (std::uint64_t n = 1; n <= 5; ++n) room.handled(n, Time(1s));
  room.handled(6, Time(3s));
  EXPECT_TRUE(room.known(5));
  room.waiting.forget_handled(Time(2s), 100, 1);
  for (std::uint64_t n = 1; n <= 5; ++n) EXPECT_FALSE(room.known(n)) << n;
  EXPECT_TRUE(room.known(6));
}

TEST(WaitingForCommit, WhatIsAskedAnewIsNotForgottenWithTheOldOne) {
  Room room;
  room.handled(1, Time(1s));
  room.handled(2, Time(1s));
  room.waiting.forget_handled(Time(2s), 100, 1);
  room.handled(2, Time(3s));  // the same request, while the old one is still in memory
  EXPECT_TRUE(room.known(2));
  room.waiting.forget_handled(Time(2s), 100, 100);
  EXPECT_TRUE(room.known(2));
  room.waiting.forget_handled(Time(4s), 100, 100);
  EXPECT_FALSE(room.known(2));
}

TEST(WaitingForCommit, ThereAreNeverMoreThanMayBe) {
  Room room;
  for (std::uint64_t n = 1; n <= 100; ++n) {
    room.handled(n, Time(1s));
    room.waiting.forget_handled(Time(0s), 10, 8);
  }
  EXPECT_FALSE(room.known(90));
  EXPECT_TRUE(room.known(91));
}

}  // namespace
}  // namespace swarm
