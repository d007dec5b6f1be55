#include "engine/tracker/kept_requests.hpp"

#include <gtest/gtest.h>

namespace swarm {
namespace {

struct Room {
  Room() { settings.kept_requests = 4; }
  void push(Duration at, std::size_t size, std::uint64_t question) {
    const std::vector<std::uint8_t> bytes(size);
    kept.push({Asker{{}, Time(at)}, ++number, bytes, question});
  }
  std::vector<std::uint64_t> questions(Duration since = 0s) const {
    std::vector<std::uint64_t> all;
    kept.for_each(Time(since), [&](const auto& r) { all.push_back(r.question().number); });
    return all;
  }
  TrackerSettings settings;
  KeptRequests kept{settings, 1};
  std::uint64_t number = 0;
};
using Questions = std::vector<std::uint64_t>;

TEST(KeptRequests, TheOldestGoWhenThereAreTooMany) {
  Room room;
  for (std::uint64_t i = 1; i <= 6; ++i) room.push(0s, 98, i);
  EXPECT_EQ(room.questions(), (Questions{3, 4, 5, 6}));
}

TEST(KeptRequests, TheOldestGoWhenTheyTakeTooMuchMemory) {
  Room room;
  for (std::uint64_t i = 1; i <= 4; ++i) room.push(0s, 500, i);
  EXPECT_EQ(room.questions(), (Questions{3, 4}));
}

TEST(KeptRequests, OfARetransmittedOneTheLastCopyCounts) {
  Room room;
  room.push(0ms, 98, 1);
  room.push(1ms, 98, 2);
  room.push(2ms, 98, 1);
  EXPECT_EQ(room.questions(), (Questions{2, 1}));
  EXPECT_EQ(room.questions(2ms), (Questions{1}));
}

TEST(KeptRequests, WhatIsPutBackComesInTheOrderOfArrival) {
  Room room;
  room.push(1ms, 98, 1);
  room.push(3ms, 98, 3);
  std::vector<StoredRequest> others;
  others.emplace_back(Asker{{}, Time(2ms)}, 9, Bytes{}, 2);
  room.kept.put_back(std::move(others));
  EXPECT_EQ(room.questions(), (Questions{1, 2, 3}));
  EXPECT_EQ(room.kept.take().size(), 3U);
  EXPECT_EQ(room.kept.size(), 0U);
}

}  // namespace
}  // namespace swarm
