#include "engine/peer/chunk_picker.hpp"
#include "tests/engine/base/words.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace swarm {
namespace {

Bitmap set_of(std::uint32_t size, std::initializer_list<std::uint32_t> numbers) {
  Bitmap bitmap(size);
  for (const auto number : numbers) bitmap.set(number);
  return bitmap;
}

TEST(ChunkPicker, TheRarestComesFirst) {
  ChunkPicker picker(200);
  for (int copies = 0; copies < 3; ++copies) picker.came(Bitmap(200, true));
  picker.went(150);
  picker.came(70);
  test::Words random(1);
  const Bitmap all(200, true);
  EXPECT_EQ(picker.pick(all, random), 150u);
  picker.unwant(150);
  EXPECT_NE(picker.pick(all, random), 70u);
  EXPECT_EQ(picker.pick(set_of(200, {70}), random), 70u);  // it has nothing else
}

TEST(ChunkPicker, PicksOnlyWhatIsWantedAndHad) {
  ChunkPicker picker(130);
  test::Words random(1);
  EXPECT_EQ(picker.wanted(), 130u);
  EXPECT_FALSE(picker.pick(Bitmap(130), random));
  for (std::uint32_t chunk = 0; chunk < 130; ++chunk)
    if (chunk != 128) picker.unwant(chunk);
  EXPECT_EQ(picker.wanted(), 1u);
  EXPECT_EQ(picker.pick(Bitmap(130, true), random), 128u);
  EXPECT_FALSE(picker.pick(set_of(130, {5, 129}), random));
  picker.want(5);
  EXPECT_TRUE(picker.wants(5));
  EXPECT_EQ(picker.pick(set_of(130, {5, 129}), random), 5u);
}

TEST(ChunkPicker, AContentMayHaveOneChunkOrNone) {
  test::Words random(1);
  ChunkPicker one(1), none(0);
  EXPECT_EQ(one.pick(Bitmap(1, true), random), 0u);
  EXPECT_FALSE(none.pick(Bitmap(0), random));
}

// Peers that begin together fetch different chunks, so that they have something for each other.
TEST(ChunkPicker, EqualsArePickedByChance) {
  const ChunkPicker picker(1000);
  const Bitmap all(1000, true);
  std::set<std::uint32_t> first;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    test::Words random(seed), same(seed);
    const auto chunk = picker.pick(all, random);
    EXPECT_EQ(picker.pick(all, same), chunk);
    first.insert(*chunk);
  }
  EXPECT_GT(first.size(), 80u);
}

TEST(ChunkPicker, EachOfTheEqualsIsAsLikely) {
  ChunkPicker picker(300);
  const Bitmap has = set_of(300, {3, 4, 5, 64, 299});
  test::Words random(7);
  std::map<std::uint32_t, int> picked;
  for (int i = 0; i < 10'000; ++i) ++picked[*picker.pick(has, random)];
  EXPECT_EQ(picked.size(), 5u);
  for (const auto& [chunk, times] : picked) EXPECT_NEAR(times, 2000, 200) << chunk;
}

TEST(ChunkPicker, ComesAndGoesAlike) {
  ChunkPicker picker(100);
  const Bitmap some = set_of(100, {1, 50, 99});
  picker.came(some);
  picker.came(50);
  EXPECT_EQ(picker.copies(50), 2u);
  EXPECT_EQ(picker.copies(2), 0u);
  picker.went(some);
  EXPECT_EQ(picker.copies(50), 1u);
  picker.went(50);
  for (std::uint32_t chunk = 0; chunk < 100; ++chunk) EXPECT_EQ(picker.copies(chunk), 0u);
  EXPECT_THROW(picker.went(50), AssertionFailed);
}

TEST(ChunkPicker, BeyondTheSampleItPicksTheRarestOfAStretch) {
  constexpr std::uint32_t chunks = 100'000;
  ChunkPicker picker(chunks);
  const Bitmap all(chunks, true);
  picker.came(all);
  for (std::uint32_t chunk = 0; chunk < chunks; chunk += 1000) picker.went(chunk);  // some are rare
  test::Words random(3);
  std::set<std::uint32_t> picked;
  for (int i = 0; i < 200; ++i) picked.insert(*picker.pick(all, random));
  for (const auto chunk : picked) EXPECT_EQ(chunk % 1000, 0u);
  EXPECT_GT(picked.size(), 50u);
}

// What it draws says how many equals it looked at: bounded, however many chunks there are.
TEST(ChunkPicker, LooksAtNoMoreThanTheSample) {
  constexpr std::uint32_t chunks = 1'000'000;
  const ChunkPicker picker(chunks);
  const Bitmap all(chunks, true);
  test::Words random(5);
  test::Words replay = random;
  ASSERT_TRUE(picker.pick(all, random));
  const std::uint64_t afterwards = random.next();
  std::uint32_t drawn = 0;
  while (replay.next() != afterwards) ASSERT_LT(++drawn, 3 * ChunkPicker::sample);
  EXPECT_GT(drawn, ChunkPicker::sample / 2);
  EXPECT_LE(drawn, ChunkPicker::sample + 64 + 1);
}

}  // namespace
}  // namespace swarm
