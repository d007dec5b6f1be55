// What a recorder keeps: never more than its bounds, and old recordings as well as new ones.
#include "transport/sim/actors/record.hpp"

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace swarm::sim {
namespace {

Recording recording(std::uint64_t number, std::size_t size = 100) {
  return {{}, {}, std::vector<std::uint8_t>(size, 7), number};
}

TEST(Record, KeepsWhatFits) {
  Record record(2, 1000);
  const auto first = record.add(recording(1), 0);
  const auto second = record.add(recording(2, 900), 0);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(record.find(*first)->key, 1u);
  EXPECT_EQ(record.find(*second)->key, 2u);
  EXPECT_EQ(record.size(), 2u);
  EXPECT_EQ(record.bytes(), 1000u);
}

TEST(Record, StaysWithinItsBounds) {
  Record record(50, 4000);
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    record.add(recording(i, mix(i) % 300), mix(i + 77));
    ASSERT_LE(record.size(), 50u);
    ASSERT_LE(record.bytes(), 4000u);
  }
  EXPECT_GT(record.size(), 10u);
}

TEST(Record, OldOnesStayHoweverManyCome) {
  constexpr std::uint64_t all = 10'000, kept = 1000;
  Record record(kept, 1 << 20);
  std::vector<Record::Place> places;
  for (std::uint64_t i = 0; i < all; ++i)
    if (const auto place = record.add(recording(i), mix(i))) places.push_back(*place);
  std::size_t old = 0, found = 0;
  for (const auto& place : places)
    if (const auto* one = record.find(place)) ++found, old += one->key < all / 2;
  EXPECT_EQ(found, kept);
  EXPECT_NEAR(static_cast<double>(old), kept / 2.0, 100);
}

TEST(Record, WhatIsDroppedMakesRoom) {
  Record record(2, 1000);
  const auto first = record.add(recording(1), 0);
  const auto second = record.add(recording(2), 0);
  record.drop(*first);
  EXPECT_EQ(record.find(*first), nullptr);
  EXPECT_EQ(record.find(*second)->key, 2u);
  EXPECT_EQ(record.size(), 1u);
  const auto third = record.add(recording(3), ~std::uint64_t{0});
  ASSERT_TRUE(third);
  EXPECT_EQ(record.find(*third)->key, 3u);
  EXPECT_EQ(record.find(*first), nullptr);
  record.drop(*first);  // of the former recording in this place
  EXPECT_EQ(record.find(*third)->key, 3u);
}

TEST(Record, AWordChoosesAnyOfThem) {
  Record record(8, 1000);
  EXPECT_EQ(record.any(5), nullptr);
  const auto first = record.add(recording(1), 0);
  record.add(recording(2), 0);
  EXPECT_EQ(record.any(0)->key, 1u);
  EXPECT_EQ(record.any(~std::uint64_t{0})->key, 2u);
  record.drop(*first);
  EXPECT_EQ(record.any(0)->key, 2u);
}

}  // namespace
}  // namespace swarm::sim
