// Who sent what of a chunk that failed its hash, and who is banned with all its ports.
#include "engine/peer/spoilt_chunks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/peer/bans.hpp"
#include "engine/peer/content.hpp"
#include "engine/wire/peer_protocol.hpp"

namespace swarm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Endpoint ann{0x0a000001, 6881}, bob{0x0a000002, 6881}, cid{0x0a000003, 6881};
constexpr std::size_t blocks = 5;

InfoHash content(std::uint8_t n) {
  InfoHash hash;
  hash.bytes.fill(n);
  return hash;
}

// The last block is short.
std::vector<std::uint8_t> right_bytes() {
  std::vector<std::uint8_t> bytes((blocks - 1) * wire::block_size + 7);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i / 7);
  return bytes;
}

TEST(SpoiltChunks, LiarsAreAllThatSentOtherBytesAndNobodyElse) {
  SpoiltChunks spoilt;
  auto wrong = right_bytes();
  wrong[wire::block_size + 3] ^= 1;  // block 1, of Bob
  wrong.back() ^= 1;                 // block 4, of Cid
  spoilt.keep(content(1), 3, wrong, {ann, bob, cid}, {0, 1, 0, 1, 2});
  EXPECT_EQ(spoilt.blocks(), blocks);
  EXPECT_THAT(spoilt.liars(content(2), 3, right_bytes()), IsEmpty());
  EXPECT_THAT(spoilt.liars(content(1), 4, right_bytes()), IsEmpty());
  EXPECT_THAT(spoilt.liars(content(1), 3, right_bytes()), ElementsAre(bob, cid));
  EXPECT_EQ(spoilt.blocks(), 0u);
  EXPECT_THAT(spoilt.liars(content(1), 3, right_bytes()), IsEmpty());
}

TEST(SpoiltChunks, TheFirstRecordOfAChunkStays) {
  SpoiltChunks spoilt;
  auto wrong = right_bytes();
  wrong[0] ^= 1;
  spoilt.keep(content(1), 3, wrong, {bob, ann}, {0, 1, 1, 1, 1});
  spoilt.keep(content(1), 3, wrong, {ann, bob}, {0, 1, 1, 1, 1});
  EXPECT_THAT(spoilt.liars(content(1), 3, right_bytes()), ElementsAre(bob));
}

TEST(SpoiltChunks, TheOldestIsForgottenWhenThereAreTooMany) {
  SpoiltChunks spoilt;
  auto wrong = right_bytes();
  wrong[0] ^= 1;
  const std::vector<std::uint16_t> sender_of{0, 1, 1, 1, 1};
  const auto most = static_cast<std::uint32_t>(SpoiltChunks::most_blocks / blocks);
  for (std::uint32_t chunk = 0; chunk <= most; ++chunk)
    spoilt.keep(content(1), most - chunk, wrong, {bob, ann}, sender_of);
  EXPECT_LE(spoilt.blocks(), SpoiltChunks::most_blocks);
  EXPECT_THAT(spoilt.liars(content(1), most, right_bytes()), IsEmpty());
  EXPECT_THAT(spoilt.liars(content(1), 0, right_bytes()), ElementsAre(bob));
}

TEST(SpoiltChunks, AContentThatIsStoppedIsForgotten) {
  SpoiltChunks spoilt;
  for (std::uint8_t n = 1; n <= 3; ++n)
    spoilt.keep(content(n), 0, right_bytes(), {bob, ann}, {0, 1, 1, 1, 1});
  spoilt.forget(content(2));
  EXPECT_EQ(spoilt.blocks(), 2 * blocks);
}

TEST(Bans, AHostThatGoesOnFromOtherPortsIsBannedWithAllOfThem) {
  Bans bans;
  for (std::uint16_t port = 1; port < Bans::most_ports; ++port) bans.add({ann.ip, port});
  EXPECT_TRUE(bans.contains({ann.ip, 1}));
  EXPECT_FALSE(bans.contains(ann));
  EXPECT_FALSE(bans.contains({bob.ip, 1}));
  bans.add({ann.ip, Bans::most_ports});
  EXPECT_TRUE(bans.contains(ann));
  EXPECT_FALSE(bans.contains(bob));
}

TEST(Bans, APortThatHasSentAWholeChunkIsSparedUntilItLiesItself) {
  Bans bans;
  const Endpoint neighbour{ann.ip, 1000};
  bans.spare(neighbour);
  for (std::uint16_t port = 1; port <= Bans::most_ports; ++port) bans.add({ann.ip, port});
  EXPECT_TRUE(bans.contains({ann.ip, 1001}));
  EXPECT_FALSE(bans.contains(neighbour));
  bans.add(neighbour);
  EXPECT_TRUE(bans.contains(neighbour));
}

TEST(AloneChunk, ARoundOfTooManyAddressesEndsAndTheNextHasLongerTurns) {
  AloneChunk alone;
  const auto address = [](std::size_t n) { return Ip(0x0a000000 + static_cast<std::uint32_t>(n)); };
  for (std::size_t n = 0; n < AloneChunk::most_tried; ++n) alone.lost_by(address(n));
  EXPECT_EQ(alone.times, 0u);
  alone.lost_by(address(AloneChunk::most_tried));
  EXPECT_EQ(alone.times, 1u);
  EXPECT_EQ(alone.tried.size(), 1u);
  EXPECT_FALSE(alone.has_tried(address(0)));
}

}  // namespace
}  // namespace swarm
