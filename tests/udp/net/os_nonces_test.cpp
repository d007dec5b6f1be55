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

TEST(OsRandom, TwoStartsShareNothing) {
  const StartDraw one = os_start_draw(), other = os_start_draw();
  EXPECT_NE(one.chance, other.chance);
  EXPECT_NE(one.entropy.bytes, other.entropy.bytes);
}

}  // namespace
}  // namespace swarm::udp
