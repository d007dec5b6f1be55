// The set of small numbers, at the edges of its words of 64.
#include "engine/base/bitmap.hpp"

#include <gtest/gtest.h>

#include <set>

#include "engine/base/random.hpp"

namespace swarm {
namespace {

const std::uint32_t edge_sizes[] = {1, 7, 8, 63, 64, 65, 127, 128, 129, 11'008};

std::vector<std::uint32_t> items(const Bitmap& bitmap) {
  std::vector<std::uint32_t> items;
  bitmap.for_each([&](std::uint32_t i) { items.push_back(i); });
  return items;
}

TEST(Bitmap, OfSizeZeroHoldsAllAndNone) {
  for (const Bitmap& empty : {Bitmap(), Bitmap(0), Bitmap(0, true)}) {
    EXPECT_TRUE(empty.all());
    EXPECT_TRUE(empty.none());
    EXPECT_TRUE(items(empty).empty());
    EXPECT_TRUE(empty == Bitmap());
  }
}

TEST(Bitmap, IsMadeEmptyOrFull) {
  for (const auto size : edge_sizes) {
    const Bitmap none(size), all(size, true);
    EXPECT_TRUE(none.none());
    EXPECT_FALSE(none.all());
    EXPECT_EQ(none.count(), 0U);
    EXPECT_TRUE(all.all());
    EXPECT_FALSE(all.none());
    EXPECT_EQ(all.count(), size);
    EXPECT_EQ(items(all).size(), size);
    EXPECT_EQ(items(all).back(), size - 1);  // and nothing behind the last, in its last word
  }
}

TEST(Bitmap, FullOneByOneEqualsFullAtOnce) {
  for (const auto size : edge_sizes) {
    Bitmap bitmap(size);
    for (std::uint32_t i = 0; i < size; ++i) EXPECT_TRUE(bitmap.set(i));
    EXPECT_TRUE(bitmap == Bitmap(size, true));
    for (std::uint32_t i = 0; i < size; ++i) EXPECT_TRUE(bitmap.reset(i));
    EXPECT_TRUE(bitmap == Bitmap(size));
  }
}

TEST(Bitmap, TellsWhetherSomethingChanged) {
  Bitmap bitmap(65);
  EXPECT_FALSE(bitmap.reset(64));
  EXPECT_TRUE(bitmap.set(64));
  EXPECT_FALSE(bitmap.set(64));
  EXPECT_TRUE(bitmap.test(64));
  EXPECT_FALSE(bitmap.test(0));  // the same bit of another word
  EXPECT_EQ(bitmap.count(), 1U);
  EXPECT_TRUE(bitmap.reset(64));
  EXPECT_EQ(bitmap.count(), 0U);
}

TEST(Bitmap, RefusesWhatIsNoNumberOfIt) {
  Bitmap bitmap(64);
  EXPECT_THROW(bitmap.set(64), AssertionFailed);
  EXPECT_THROW(bitmap.reset(64), AssertionFailed);
  EXPECT_THROW(Bitmap().set(0), AssertionFailed);
}

TEST(Bitmap, OfAnotherSizeIsAnotherSet) {
  EXPECT_FALSE(Bitmap(64) == Bitmap(63));
}

TEST(Bitmap, BehavesAsASetDoes) {
  Random random(7);
  Bitmap bitmap(200);
  std::set<std::uint32_t> model;
  for (int step = 0; step < 5000; ++step) {
    const auto i = static_cast<std::uint32_t>(random.below(200));
    if (random.below(2) == 0)
      ASSERT_EQ(bitmap.set(i), model.insert(i).second);
    else
      ASSERT_EQ(bitmap.reset(i), model.erase(i) == 1);
    ASSERT_EQ(bitmap.count(), model.size());
    ASSERT_EQ(bitmap.test(i), model.contains(i));
  }
  EXPECT_EQ(items(bitmap), std::vector<std::uint32_t>(model.begin(), model.end()));
}

}  // namespace
}  // namespace swarm
