#include "transport/udp/net/os_nonces.hpp"

#include <gtest/gtest.h>

#include <set>

namespace swarm::udp {
namespace {

TEST(OsNonces, AreAllDifferent) {
  std::set<std::array<std::uint8_t, 16>> all;
  for (int i = 0; i < 1000; ++i) all.insert(OsNonces().draw());
  EXPECT_EQ(all.size(), 1000u);
}

// As in a machine that continues twice from one snapshot, where the system does not notice it.
TEST(OsNonces, AnotherTimeTellsEqualRandomBytesApart) {
  const std::array<std::uint8_t, 16> same{1, 2, 3};
  EXPECT_EQ(with_time(same, {5, 6}), with_time(same, {5, 6}));
  EXPECT_NE(with_time(same, {5, 6}), with_time(same, {6, 6}));
  EXPECT_NE(with_time(same, {5, 6}), with_time(same, {5, std::uint64_t{6} << 56}));
  EXPECT_NE(with_time(same, {5, 6}), with_time({1, 2, 4}, {5, 6}));
}

TEST(OsRandom, TwoStartsShareNothing) {
  const StartDraw one = os_start_draw(), other = os_start_draw();
  EXPECT_NE(one.chance, other.chance);
  EXPECT_NE(one.entropy.bytes, other.entropy.bytes);
}

}  // namespace
}  // namespace swarm::udp
