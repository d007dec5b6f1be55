#include "engine/tracker/answering/kept_requests.hpp"

#include <gtest/gtest.h>

namespace swarm {
namespace {

struct Room {
  Room() { settings.kept_requests = 4; }
  void push(Duration at, std::size_t size, std::uint64_t id) {
    const std::vector<std::uint8_t> bytes(size);
    kept.push({Requester{{}, Time(at)}, ++number, bytes, id});
  }
  std::vector<std::uint64_t> ids(Duration since = 0s) const {
    std::vector<std::uint64_t> all;
    kept.for_youngest(Time(since), 1000, [&](const auto& r) { all.push_back(r.id().number); });
    return all;
  }
  std::vector<std::uint64_t> taken(std::size_t most, bool more) {
    std::vector<std::uint64_t> some;
    const auto take = [&](const auto& r) { some.push_back(r.id().number); };
    EXPECT_EQ(kept.take(Time{}, most, take), more);
    return some;
  }
  AnsweringSettings settings;
  KeptRequests kept{settings, 1};
  std::uint64_t number = 0;
};
using Ids = std::vector<std::uint64_t>;

TEST(KeptRequests, TheOldestGoWhenThereAreTooMany) {
  Room room;
  for (std::uint64_t i = 1; i <= 6; ++i) room.push(0s, 98, i);
  EXPECT_EQ(room.ids(), (Ids{3, 4, 5, 6}));
}

TEST(KeptRequests, TheOldestGoWhenTheyTakeTooMuchMemory) {
  Room room;
  for (std::uint64_t i = 1; i <= 4; ++i) room.push(0s, 500, i);
  EXPECT_EQ(room.ids(), (Ids{3, 4}));
}

TEST(KeptRequests, OfARetransmittedOneTheLastCopyCounts) {
  Room room;
  room.push(0ms, 98, 1);
  room.push(1ms, 98, 2);
  room.push(2ms, 98, 1);
  EXPECT_EQ(room.ids(), (Ids{2, 1}));
  EXPECT_EQ(room.ids(2ms), (Ids{1}));
}

TEST(KeptRequests, WhatIsPutBackComesInTheOrderOfArrival) {
  Room room;
  room.settings.kept_requests = 8;
  room.push(3ms, 98, 3);
  room.push(4ms, 98, 2);  // a copy of one that has waited
  std::deque<std::deque<StoredRequest>> others(2);
  others[0].emplace_back(Requester{{}, Time(1ms)}, 8, Bytes{}, 1);
  others[0].emplace_back(Requester{{}, Time(1ms)}, 8, Bytes{}, 2);
  others[1].emplace_back(Requester{{}, Time(2ms)}, 9, Bytes{}, 4);
  others[1].emplace_back(Requester{{}, Time(2ms)}, 9, Bytes{}, 5);
  room.kept.put_back(std::move(others));
  EXPECT_EQ(room.ids(), (Ids{3, 2}));
  const auto wanted = [](const StoredRequest& r) { return r.id().number != 4; };
  EXPECT_TRUE(room.kept.take_back(1, wanted));
  EXPECT_EQ(room.ids(), (Ids{5, 3, 2}));
  EXPECT_TRUE(room.kept.take_back(2, wanted));
  EXPECT_FALSE(room.kept.take_back(2, wanted));
  EXPECT_EQ(room.ids(), (Ids{1, 5, 3, 2}));
  EXPECT_EQ(room.taken(1000, false), (Ids{1, 5, 3, 2}));
  EXPECT_EQ(room.kept.size(), 0U);
}

TEST(KeptRequests, AreTakenInSlicesTheOldestFirst) {
  Room room;
  room.settings.kept_requests = 8;
  for (const std::uint64_t id : {1, 2, 3, 2, 4, 5}) room.push(1ms, 98, id);
  EXPECT_EQ(room.taken(2, true), (Ids{1}));  // of the second one there is a later copy
  room.push(2ms, 98, 3);                     // comes between two slices
  EXPECT_EQ(room.taken(2, true), (Ids{2}));
  EXPECT_EQ(room.taken(2, true), (Ids{4, 5}));
  EXPECT_EQ(room.taken(2, false), (Ids{3}));
}

TEST(KeptRequests, ALongOneCountsAsSeveral) {
  Room room;
  room.push(1ms, 500, 1);
  room.push(1ms, 98, 2);
  room.push(1ms, 98, 3);
  EXPECT_EQ(room.taken(4, true), (Ids{1}));
  EXPECT_EQ(room.taken(4, false), (Ids{2, 3}));
}

TEST(KeptRequests, TheYoungestComeInTheOrderOfArrival) {
  Room room;
  room.settings.kept_requests = 8;
  for (const std::uint64_t id : {1, 2, 3, 2, 4}) room.push(1ms, 98, id);
  std::vector<std::uint64_t> some;
  const auto use = [&](const auto& r) { some.push_back(r.id().number); };
  room.kept.for_youngest(Time{}, 3, use);
  EXPECT_EQ(some, (Ids{3, 2, 4}));
  some.clear();
  room.push(1ms, 500, 5);  // which counts as four
  room.kept.for_youngest(Time{}, 5, use);
  EXPECT_EQ(some, (Ids{4, 5}));
  EXPECT_EQ(room.kept.size(), 6U);
}

TEST(KeptRequests, WhatIsTooOldGoesInSlicesAfterASilence) {
  Room room;
  room.settings.kept_requests = 10'000;
  for (std::uint64_t i = 0; i < 10'000; ++i) room.push(0s, 98, i);
  room.kept.drop_old(Time(2s), 4096);
  EXPECT_EQ(room.kept.size(), 10'000U - 4096U);
  for (int n = 0; n < 2; ++n) room.kept.drop_old(Time(2s), 4096);
  EXPECT_EQ(room.kept.size(), 0U);
}

}  // namespace
}  // namespace swarm
