// R19 of the cluster protocol: bulk, which never makes keep-alives late.
#include <gtest/gtest.h>

#include <map>

#include "tests/engine/tracker/snapshot_rooms.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::snapshots {
namespace {

TEST(R19Bulk, LeavesInTheMannerThatKeepAlivesBear) {
  LargeSnapshot room;
  ASSERT_GT(room.meta.size, 64 * wire::chunk_size);
  room.get();
  EXPECT_LE(room.chunks_sent(), 1u);  // the line may be thin
  room.pass(400ms);
  EXPECT_EQ(room.chunks_sent(), 64u);  // it is not
}

TEST(R19Bulk, IsATrickleWhileKeepAlivesAreLate) {
  LargeSnapshot room;
  room.pass(20ms, 2ms);
  room.get();
  room.pass(40ms, 14ms);  // 12 ms of it is delay: more than a fifth of the promise
  const auto before = room.chunks_sent();
  room.pass(300ms, 14ms);
  EXPECT_LE(room.chunks_sent(), before + 3);
  room.pass(4s, 2ms);
  EXPECT_EQ(room.chunks_sent(), 64u);
}

TEST(R19Bulk, IsATrickleForWhoDoesNotAcknowledge) {
  LargeSnapshot room;
  room.get();
  room.t.pass_as_master(500ms);  // 2 does, 3 does not
  EXPECT_LE(room.chunks_sent(), 12u);
  EXPECT_GE(room.chunks_sent(), 2u);
}

TEST(R19Bulk, ThatIsUnderWayIsNotSentTwice) {
  LargeSnapshot room;
  for (int i = 0; i < 100; ++i) {  // as members of the version before ask: all, each 10 ms
    room.get();
    room.pass(10ms, 2ms);
    if (room.chunks_sent() >= 64) break;
  }
  std::map<std::uint32_t, int> sent;
  for (const auto& data : room.t.said_to<wire::SnapshotData>(3)) ++sent[data.chunk];
  EXPECT_EQ(sent.size(), 64u);
  room.pass(100ms, 2ms);
  room.t.forget();
  room.get(0, 1);  // it was lost
  room.get(0, 1);
  room.pass(100ms, 2ms);
  EXPECT_EQ(room.chunks_sent(), 1u);
}

TEST(R19Bulk, OfSeveralReceiversLeavesInTurns) {
  LargeSnapshot room;
  auto& t = room.t;
  t.hear(2, t.view().term.value, wire::SnapshotGet{room.meta.id, 0, all_of_a_window});
  room.get();
  room.pass(200ms);
  const auto to2 = room.chunks_sent(2), to3 = room.chunks_sent(3);
  EXPECT_GT(to2, 1u);
  EXPECT_LE(to2, to3 + 1);
  EXPECT_LE(to3, to2 + 1);
}

// Who lacks a few blocks may be the one that a quorum waits for.
TEST(R19Bulk, AreNotTheFirstBlocksOfAFetch) {
  ShortLog room;
  auto& t = room.t;
  for (std::uint8_t n = 21; n <= 80; ++n) room.commit_one(n);
  t.forget();
  const auto first = t.view().log_begin;
  for (int i = 0; i < 3; ++i) t.hear(3, t.view().term.value, wire::Fetch{first, 7});
  EXPECT_EQ(t.said_to<wire::BlockMessage>(3).size(), 3u);
  room.pass(200ms);
  EXPECT_EQ(t.said_to<wire::BlockMessage>(3).size(), 3u);  // none is sent twice
}

// Blocks that were missed are bulk, too, but for the first 4 kB.
TEST(R19Bulk, AreBlocksForWhoWasAway) {
  ShortLog room(1000);
  auto& t = room.t;
  for (int n = 0; n < 80; ++n) room.commit_one(static_cast<std::uint8_t>(n));
  t.forget();
  const auto last = t.view().last;
  const LogIndex first = std::max(t.view().log_begin, LogIndex{last.value - 60});
  const auto wanted = last - first + 1;
  ASSERT_GE(wanted, 40u);
  t.hear(3, t.view().term.value, wire::Fetch{first, ~std::uint64_t{}});
  const auto at_once = t.said_to<wire::BlockMessage>(3).size();
  EXPECT_GE(at_once, 4096u / 1400);
  EXPECT_LT(at_once, wanted);
  room.pass(2s);
  EXPECT_EQ(t.said_to<wire::BlockMessage>(3).size(), wanted);
}

TEST(R19Bulk, AreAllBlocksWhileTheLineIsFull) {
  ShortLog room;
  auto& t = room.t;
  for (std::uint8_t n = 21; n <= 40; ++n) room.commit_one(n);
  t.pass(26ms);  // nobody acknowledges
  room.register_200();
  t.forget();
  t.hear(3, t.view().term.value, wire::Fetch{t.view().log_begin, 7});
  EXPECT_LE(t.said_to<wire::BlockMessage>(3).size(), 1u);
}

}  // namespace
}  // namespace swarm::test::snapshots
