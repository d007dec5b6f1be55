#include "engine/tracker/answering/connection_id.hpp"

#include <gtest/gtest.h>

namespace swarm {
namespace {

constexpr std::uint32_t alice = 0x0a000001;
constexpr std::uint32_t bob = 0x0a000002;

Secret secret_of(std::uint8_t byte) {
  Secret secret;
  secret.fill(byte);
  return secret;
}

ConnectionIds ids_of(std::uint8_t current, std::uint8_t previous = 0) {
  ConnectionIds ids;
  ids.set_secrets(secret_of(current), secret_of(previous));
  return ids;
}

SwarmTime at(std::uint64_t minute, std::uint64_t us = 0) {
  return {minute * 60'000'000 + us};
}

TEST(ConnectionId, IsGoodForTwoWholeMinutesAfterTheOneItWasMadeIn) {
  const auto ids = ids_of(1);
  const auto id = ids.make(alice, at(7, 59'999'999));
  EXPECT_TRUE(ids.accepts(id, alice, at(7, 59'999'999)));
  EXPECT_TRUE(ids.accepts(id, alice, at(8)));
  EXPECT_TRUE(ids.accepts(id, alice, at(9, 59'999'999)));
  EXPECT_FALSE(ids.accepts(id, alice, at(10)));
}

TEST(ConnectionId, WhoseClockIsATripBehindTakesThatOfTheNextMinute) {
  const auto ids = ids_of(1);
  EXPECT_TRUE(ids.accepts(ids.make(alice, at(8)), alice, at(7, 59'999'000)));
  EXPECT_FALSE(ids.accepts(ids.make(alice, at(8)), alice, at(6, 59'999'000)));
}

TEST(ConnectionId, TheFirstMinutesOfASwarmHaveNoneBeforeThem) {
  const auto ids = ids_of(1);
  EXPECT_TRUE(ids.accepts(ids.make(alice, at(0)), alice, at(0)));
  EXPECT_TRUE(ids.accepts(ids.make(alice, at(0)), alice, at(2)));
  EXPECT_FALSE(ids.accepts(ids.make(alice, {~std::uint64_t{0}}), alice, at(0)));
}

TEST(ConnectionId, BelongsToOneAddress) {
  const auto ids = ids_of(1);
  EXPECT_FALSE(ids.accepts(ids.make(alice, at(7)), bob, at(7)));
}

TEST(ConnectionId, IsTheSameAtEveryMemberOfOneSecret) {
  EXPECT_EQ(ids_of(1).make(alice, at(7)), ids_of(1).make(alice, at(7)));
  EXPECT_TRUE(ids_of(1).accepts(ids_of(1).make(alice, at(7)), alice, at(8)));
  EXPECT_FALSE(ids_of(1).accepts(ids_of(2).make(alice, at(7)), alice, at(7)));
}

TEST(ConnectionId, ThePreviousSecretIsStillGood) {
  const auto id = ids_of(1).make(alice, at(7));
  EXPECT_TRUE(ids_of(2, 1).accepts(id, alice, at(8)));
  EXPECT_FALSE(ids_of(3, 2).accepts(id, alice, at(8)));
}

TEST(ConnectionId, AMissingPreviousSecretIsNoSecretThatAnyoneKnows) {
  const auto forged = ids_of(0).make(alice, at(7));
  EXPECT_FALSE(ids_of(1, 0).accepts(forged, alice, at(7)));
}

}  // namespace
}  // namespace swarm
