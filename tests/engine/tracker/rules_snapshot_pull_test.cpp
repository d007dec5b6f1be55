// R19 of the cluster protocol: how a slave pulls a snapshot.
#include <gtest/gtest.h>

#include <bit>

#include "tests/engine/tracker/snapshot_rooms.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::snapshots {
namespace {

// A slave that pulls a snapshot of several chunks from master 2.
struct Puller {
  Puller() {
    auto s = snapshot_at(50, 2);
    for (std::uint32_t n = 10; n < 600; ++n) s.peers.push_back({PeerRowId{n}, {n, 6881}});
    s.applied.next_peer = PeerRowId{600};
    bytes = wire::encode_snapshot(s);
    t.keep_alive(2, 2, 60, 2, 50);
    t.pass(2ms);
    meta = meta_of(s, bytes);
    t.hear(2, 2, meta);
    t.forget();
  }
  void wait(Duration d) {  // the master is heard
    for (Duration i = 0ns; i < d; i += 5ms) {
      t.pass(5ms);
      t.keep_alive(2, 2, 60, 2, 50);
    }
  }
  void chunk(std::uint32_t n) {
    const auto first = n * wire::chunk_size;
    const auto size = std::min(wire::chunk_size, bytes.size() - first);
    t.hear(2, 2, wire::SnapshotData{4, n, Bytes(bytes).subspan(first, size)});
  }
  SoloTracker t;
  std::vector<std::uint8_t> bytes;
  wire::SnapshotMeta meta;
};

TEST(R19Snapshots, WhoPullsOneDoesNotFetchBlocks) {
  Puller room;
  auto& t = room.t;
  const auto chunks = (room.bytes.size() + wire::chunk_size - 1) / wire::chunk_size;
  ASSERT_GT(chunks, 2u);
  for (std::uint32_t n = 0; n + 1 < chunks; ++n) {
    room.wait(100ms);  // slow, but they come
    room.chunk(n);
  }
  EXPECT_TRUE(t.said<wire::Fetch>().empty());
  EXPECT_FALSE(t.said<wire::SnapshotGet>().empty());
  room.chunk(static_cast<std::uint32_t>(chunks - 1));
  room.wait(20ms);  // it is loaded in a few steps
  EXPECT_EQ(t.view().commit, LogIndex{50});
  ASSERT_FALSE(t.said<wire::Fetch>().empty());  // the rest of the log
  EXPECT_EQ(t.said<wire::Fetch>()[0].first, LogIndex{51});
}

TEST(R19Snapshots, OneThatDoesNotComeIsGivenUpForAFetch) {
  Puller room;
  room.wait(8s);
  EXPECT_TRUE(room.t.said<wire::Fetch>().empty());
  room.wait(5s);
  EXPECT_FALSE(room.t.said<wire::Fetch>().empty());
}

// Neither when it was given up, nor when its master was elected again.
TEST(R19Snapshots, WhatHasComeOfOneIsNotAskedForAgain) {
  for (const std::uint64_t term : {2u, 3u}) {
    Puller room;
    auto& t = room.t;
    room.chunk(0);
    room.chunk(2);
    if (term == 2)
      room.wait(11s);
    else
      t.keep_alive(2, 3, 60, 2, 50);
    t.pass(5ms);
    ASSERT_FALSE(t.said<wire::Fetch>().empty());
    t.forget();
    t.hear(2, term, room.meta);
    const auto gets = t.said_to<wire::SnapshotGet>(2);
    ASSERT_EQ(gets.size(), 1u);
    EXPECT_EQ(gets[0].first, 1u);
    EXPECT_EQ(gets[0].wanted & 7, 5u);  // 1 and 3
  }
}

// Once: asking for the whole window each 10 ms took a thin line down.
TEST(R19Snapshots, ChunksThatAreUnderWayAreNotAskedForAgain) {
  Puller room;
  room.wait(90ms);
  EXPECT_TRUE(room.t.said<wire::SnapshotGet>().empty());
  room.wait(300ms);
  for (const auto& get : room.t.said<wire::SnapshotGet>())
    EXPECT_EQ(std::popcount(get.wanted), 1);  // the oldest alone: it shows which others are lost
  EXPECT_LE(room.t.said<wire::SnapshotGet>().size(), 2u);
}

// The pull neither stands still for ever nor begins anew when the master was silent for a moment.
TEST(R19Snapshots, APullGoesOnAfterASilenceOfItsMaster) {
  Puller room;
  auto& t = room.t;
  t.pass(80ms);
  ASSERT_EQ(t.view().master, MemberId{});
  t.forget();
  room.wait(30ms);
  EXPECT_EQ(t.view().master, MemberId{2});
  EXPECT_FALSE(t.said<wire::SnapshotGet>().empty());
  EXPECT_TRUE(t.said<wire::Fetch>().empty());
}

// The snapshot is whole, and its chunks wait for the disk, when the master falls silent: the member
// stands, and what it loads takes the place of its log only when it is no candidate any more.
TEST(R19Snapshots, ACandidateInstallsNone) {
  auto snapshot = snapshot_at(50, 1);
  for (std::uint32_t n = 3; n < 6000; ++n)
    snapshot.peers.push_back({PeerRowId{n}, {0x0a020000u + n, 6881}});
  snapshot.applied.next_peer = PeerRowId{6000};
  const auto bytes = wire::encode_snapshot(snapshot);
  SoloTracker t;
  t.keep_alive(2, 1, 60, 1, 50);
  t.hold_log();
  t.hear(2, 1, meta_of(snapshot, bytes));
  for (std::size_t at = 0; at < bytes.size(); at += wire::chunk_size)
    t.hear(2, 1,
           wire::SnapshotData{
               4, static_cast<std::uint32_t>(at / wire::chunk_size),
               Bytes(bytes).subspan(at, std::min(wire::chunk_size, bytes.size() - at))});
  t.forget();
  for (int i = 0; i < 200 && t.said<wire::PreVote>().empty(); ++i) t.pass(1ms);
  t.hear(3, 1, wire::PreVoteReply{Term{2}, 1, 0});
  ASSERT_EQ(t.view().role, Role::candidate);
  // The log stays held: a candidate that asked for a write with each report would never be done.
  for (int i = 0; i < 300; ++i) {
    for (auto pending = t.logs_pending(); pending > 0; --pending) t.sync_one_log();
    t.pass(1ms);
  }
  ASSERT_EQ(t.logs_pending(), 0u);
  t.hold_log(false);
  EXPECT_EQ(t.view().role, Role::candidate);
  EXPECT_LT(t.view().applied, LogIndex{50});
  t.keep_alive(3, t.view().term.value + 1, 60, 1, 50);
  for (int i = 0; i < 100; ++i) t.pass(1ms);
  EXPECT_EQ(t.view().applied, LogIndex{50});
}

}  // namespace
}  // namespace swarm::test::snapshots
