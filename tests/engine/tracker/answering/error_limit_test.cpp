// How many errors one source is told of.
#include "engine/tracker/answering/error_limit.hpp"

#include <gtest/gtest.h>

namespace swarm::test {
namespace {

const Time now{1h};

TEST(ErrorLimit, AllowsAFewInASecondAndThenAgain) {
  ErrorLimit limit(1);
  const Ip ip(0x0a000001);
  EXPECT_TRUE(limit.allows(now, ip, Dialect::bep15));
  EXPECT_FALSE(limit.allows(now + 999ms, ip, Dialect::bep15));
  EXPECT_TRUE(limit.allows(now + 1s, ip, Dialect::bep15));
}

TEST(ErrorLimit, TakesAnIPv6NetworkForOneSource) {
  ErrorLimit limit(1);
  EXPECT_TRUE(limit.allows(now, Ip::v6({0x20, 1, 0, 0, 0, 0, 0, 1, 1}), Dialect::bep15));
  EXPECT_FALSE(limit.allows(now, Ip::v6({0x20, 1, 0, 0, 0, 0, 0, 1, 2}), Dialect::bep15));
  EXPECT_TRUE(limit.allows(now, Ip::v6({0x20, 1, 0, 0, 0, 0, 0, 2, 1}), Dialect::bep15));
}

// Without the seed's part in it, this address is hashed as the other one is.
TEST(ErrorLimit, SharesNoAllowanceWithAnAddressThatIsChosenForIt) {
  const Ip victim = Ip::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  Ip::Bytes16 bytes{0x20, 1, 0xd, 0xb9};
  const auto low = mix(victim.high()) ^ victim.low() ^ mix(Ip::v6(bytes).high());
  for (std::size_t i = 0; i < 8; ++i) bytes[8 + i] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    ErrorLimit limit(mix(seed));
    EXPECT_TRUE(limit.allows(now, Ip::v6(bytes), Dialect::bep15));
    EXPECT_TRUE(limit.allows(now, victim, Dialect::bep15)) << seed;
  }
}

}  // namespace
}  // namespace swarm::test
