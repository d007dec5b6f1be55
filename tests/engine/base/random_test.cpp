#include "engine/base/random.hpp"

#include <gtest/gtest.h>

#include <array>

namespace swarm {
namespace {

TEST(Random, QuickBelowIsUniform) {
  Random random(1);
  for (const std::uint32_t n : {1u, 2u, 3u, 10u}) {
    std::array<int, 10> seen{};
    for (int i = 0; i < 60'000; ++i) {
      const auto drawn = random.quick_below(n);
      ASSERT_LT(drawn, n);
      ++seen[drawn];
    }
    const int expected = 60'000 / static_cast<int>(n);
    for (std::uint32_t i = 0; i < n; ++i) EXPECT_NEAR(seen[i], expected, expected / 20) << n;
  }
}

// What a plain multiplication would prefer: with 3 << 30 values every third number comes twice.
TEST(Random, QuickBelowPrefersNoNumberOfALargeRange) {
  Random random(1);
  constexpr std::uint32_t n = 3u << 30;
  std::array<int, 3> seen{};
  for (int i = 0; i < 60'000; ++i) ++seen[random.quick_below(n) % 3];
  for (const int times : seen) EXPECT_NEAR(times, 20'000, 1'000);
}

}  // namespace
}  // namespace swarm
