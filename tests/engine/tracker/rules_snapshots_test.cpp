// R19 of the cluster protocol: snapshots are made, offered and installed.
#include <gtest/gtest.h>

#include <set>

#include "tests/engine/tracker/snapshot_rooms.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::snapshots {
namespace {

Operation registration(std::uint8_t n) {
  return Register{content(n), peer, PeerState::leecher};
}

TEST(R19Snapshots, ReplaceTablesAndLogAndNeverIdentityOrBallot) {
  SoloTracker t({.log = {block(2, 1, registration(9))}});
  const auto s = snapshot_at(50, 2);
  const auto bytes = wire::encode_snapshot(s);
  t.keep_alive(2, 2, 60, 2, 50);
  const auto before = *t.ballot_db().load();
  t.hear(2, 2, meta_of(s, bytes));
  ASSERT_EQ(t.said_to<wire::SnapshotGet>(2).size(), 1u);
  t.hear(2, 2, wire::SnapshotData{4, 0, bytes});
  EXPECT_EQ(t.view().applied, LogIndex{50});
  EXPECT_EQ(t.view().commit, LogIndex{50});
  EXPECT_EQ(t.view().log_begin, LogIndex{51});
  EXPECT_EQ(t.tracker().table().registrations(), 2u);
  EXPECT_EQ(*t.ballot_db().load(), before);
  EXPECT_EQ(t.view().store, store_of(1));
  t.restart();
  EXPECT_EQ(t.view().applied, LogIndex{50});
  EXPECT_EQ(t.tracker().table().registrations(), 2u);
  EXPECT_EQ(t.view().member, self);
}

TEST(R19Snapshots, CarryBothAddressFamiliesAndWhoCompleted) {
  SoloTracker t;
  auto s = snapshot_at(50, 2);
  s.peers.push_back({PeerRowId{3}, {Ip::v6({0x20, 1, 0xd, 0xb8}), 6881}});
  s.applied.next_peer = PeerRowId{4};
  s.contents.push_back({content(1), PeerRowId{3}, PeerState::seeder});
  s.completed = {{content(1), false, 5}, {content(1), true, 2}};
  const auto bytes = wire::encode_snapshot(s);
  t.keep_alive(2, 2, 60, 2, 50);
  t.hear(2, 2, meta_of(s, bytes));
  t.hear(2, 2, wire::SnapshotData{4, 0, bytes});
  for (const bool before_restart : {true, false}) {
    if (!before_restart) t.restart();
    const auto v4 = t.tracker().table().counts(content(1), false);
    const auto v6 = t.tracker().table().counts(content(1), true);
    EXPECT_EQ(v4.seeders, 1u);
    EXPECT_EQ(v4.leechers, 1u);
    EXPECT_EQ(v4.completed, 5u);
    EXPECT_EQ(v6.seeders, 1u);
    EXPECT_EQ(v6.completed, 2u);
  }
}

TEST(R19Snapshots, AreInForceOnlyOnceTheyAreDurable) {
  SoloTracker t;
  const auto s = snapshot_at(50, 2);
  const auto bytes = wire::encode_snapshot(s);
  t.keep_alive(2, 2, 60, 2, 50);
  t.hold_log();
  t.hear(2, 2, meta_of(s, bytes));
  t.hear(2, 2, wire::SnapshotData{4, 0, bytes});
  EXPECT_LT(t.view().commit, LogIndex{2});
  EXPECT_EQ(t.tracker().table().registrations(), 0u);
  t.keep_alive(2, 2, 60, 2, 50);
  EXPECT_LE(t.said<wire::KeepAliveAck>().back().ack.durable, LogIndex{1});
  t.sync_log();
  EXPECT_EQ(t.view().commit, LogIndex{50});
}

TEST(R19Snapshots, ACrashBeforeTheSyncLeavesTheOldState) {
  SoloTracker t;
  const auto s = snapshot_at(50, 2);
  const auto bytes = wire::encode_snapshot(s);
  t.keep_alive(2, 2, 60, 2, 50);
  t.hold_log();
  t.hear(2, 2, meta_of(s, bytes));
  t.hear(2, 2, wire::SnapshotData{4, 0, bytes});
  t.restart();
  EXPECT_EQ(t.view().last, LogIndex{1});
  EXPECT_EQ(t.tracker().table().registrations(), 0u);
}

TEST(R19Snapshots, AreNeverInstalledBelowTheOwnCommit) {
  SoloTracker t({.log = {block(2, 1), block(3, 1)}});
  t.keep_alive(2, 1, 3, 1, 3);
  const auto s = snapshot_at(2, 1);
  const auto bytes = wire::encode_snapshot(s);
  t.hear(2, 1, meta_of(s, bytes));
  EXPECT_TRUE(t.said<wire::SnapshotGet>().empty());
  t.hear(2, 1, wire::SnapshotData{4, 0, bytes});
  EXPECT_EQ(t.view().commit, LogIndex{3});
}

TEST(R19Snapshots, OvertakenByTheLogTheyAreDropped) {
  SoloTracker t;
  const auto s = snapshot_at(3, 2);
  const auto bytes = wire::encode_snapshot(s);
  t.keep_alive(2, 2, 3, 2);
  t.hear(2, 2, meta_of(s, bytes));
  t.prepare(2, 2, block(2, 2), 1);
  t.prepare(2, 2, block(3, 2), 2, 3);
  t.hear(2, 2, wire::SnapshotData{4, 0, bytes});
  EXPECT_TRUE(t.events<event::SnapshotInstalled>().empty());
  EXPECT_EQ(t.view().commit, LogIndex{3});
}

TEST(R19Snapshots, OfWrongBytesAreNotInstalled) {
  SoloTracker t;
  auto s = snapshot_at(50, 2);
  s.contents.push_back({content(2), PeerRowId{77}, PeerState::seeder});  // of nobody
  const auto bytes = wire::encode_snapshot(s);
  t.keep_alive(2, 2, 60, 2, 50);
  t.hear(2, 2, meta_of(s, bytes));
  t.hear(2, 2, wire::SnapshotData{4, 0, bytes});
  EXPECT_TRUE(t.events<event::SnapshotInstalled>().empty());
  auto meta = meta_of(snapshot_at(50, 2), wire::encode_snapshot(snapshot_at(50, 2)), 5);
  ++meta.hash;
  t.hear(2, 2, meta);
  t.hear(2, 2, wire::SnapshotData{5, 0, wire::encode_snapshot(snapshot_at(50, 2))});
  EXPECT_TRUE(t.events<event::SnapshotInstalled>().empty());
}

TEST(R19Snapshots, AHugePromiseOfBytesTakesNoMemory) {
  SoloTracker t;
  t.keep_alive(2, 2, 60, 2, 50);
  t.hear(2, 2, wire::SnapshotMeta{4, LogIndex{50}, Term{2}, 4ULL << 30, 1});
  EXPECT_EQ(t.said<wire::SnapshotGet>().size(), 1u);
  const std::vector<std::uint8_t> chunk(wire::chunk_size);
  t.hear(2, 2, wire::SnapshotData{4, 4'000'000, chunk});  // was not asked for
  EXPECT_TRUE(t.events<event::SnapshotInstalled>().empty());
}

TEST(R19Snapshots, AreOfferedToWhomTheLogDoesNotReach) {
  ShortLog room;
  auto& t = room.t;
  ASSERT_GT(t.view().log_begin, LogIndex{2});
  t.hear(3, t.view().term.value, wire::Fetch{LogIndex{2}, 1});
  const auto offers = t.said_to<wire::SnapshotMeta>(3);
  ASSERT_EQ(offers.size(), 1u);
  const auto s = wire::decode_snapshot(room.pull(offers[0]));
  ASSERT_TRUE(s);
  EXPECT_EQ(s->applied.index, offers[0].index);
  EXPECT_EQ(s->contents.size(), 20u);
  EXPECT_EQ(s->config, t.tracker().config());
}

TEST(R19Snapshots, TheSenderKeepsItsLogFromTheSnapshotOnWhileAReceiverPulls) {
  ShortLog room;
  auto& t = room.t;
  t.hear(3, t.view().term.value, wire::Fetch{LogIndex{2}, 1});
  const auto offer = t.said_to<wire::SnapshotMeta>(3).at(0);
  for (std::uint8_t n = 21; n <= 60; ++n) {
    room.commit_one(n);
    t.hear(3, t.view().term.value, wire::SnapshotGet{offer.id, 0, 1});
  }
  EXPECT_LE(t.view().log_begin, offer.index + 1);
  t.pass_as_master(61s);  // nobody pulls any more
  for (std::uint8_t n = 61; n <= 80; ++n) room.commit_one(n);
  EXPECT_GT(t.view().log_begin, offer.index + 1);
}

TEST(R19Snapshots, TheSameOneIsOfferedAgainToWhoAsksAgain) {
  ShortLog room;
  auto& t = room.t;
  for (int i = 0; i < 3; ++i) {
    t.hear(3, t.view().term.value, wire::Fetch{LogIndex{2}, 1});
    room.commit_one(static_cast<std::uint8_t>(21 + i));
  }
  const auto offers = t.said_to<wire::SnapshotMeta>(3);
  ASSERT_EQ(offers.size(), 3u);
  for (const auto& offer : offers) {
    EXPECT_EQ(offer.id, offers[0].id);
    EXPECT_EQ(offer.hash, offers[0].hash);
  }
  const auto bytes = room.pull(offers[0]);
  EXPECT_EQ(wire::hash_bytes(bytes), offers[0].hash);
}

TEST(R19Snapshots, OfManyRowsAreMadeInSeveralSteps) {
  LargeSnapshot room;  // 600 peers, 3,020 registrations: each is scanned, written and hashed
  EXPECT_GE(room.fetches, 10);
  EXPECT_LE(room.fetches, 30);
  const auto s = wire::decode_snapshot(room.pull(room.meta));
  ASSERT_TRUE(s);
  EXPECT_EQ(s->contents.size(), room.t.tracker().table().registrations());
}

TEST(R19Snapshots, TheLogIsKeptFromWhereOneIsBeingMade) {
  LargeSnapshot room;
  auto& t = room.t;
  t.pass_as_master(61s);  // it is forgotten
  t.forget();
  t.hear(3, t.view().term.value, wire::Fetch{LogIndex{2}, 1});
  ASSERT_TRUE(t.said<wire::SnapshotMeta>().empty());
  for (std::uint8_t n = 200; n < 230; ++n) room.commit_one(n);
  t.hear(3, t.view().term.value, wire::Fetch{LogIndex{2}, 1});
  const auto offer = t.said_to<wire::SnapshotMeta>(3).at(0);
  EXPECT_LE(t.view().log_begin, offer.index + 1);
}

// On a thin line: or the keep-alives come behind all that was registered meanwhile.
TEST(R13Commit, NewBlocksWaitWhileTheQuorumIsOld) {
  ShortLog room;
  auto& t = room.t;
  t.pass(26ms);  // nobody acknowledges
  t.forget();
  const auto last = t.view().last;
  room.register_200();
  std::set<LogIndex> sent;
  for (const auto& prepare : t.said<wire::Prepare>()) sent.insert(prepare.index);
  EXPECT_LE(sent.size(), 3u);
  EXPECT_LE(t.view().last - last, 12u);  // meanwhile they share blocks: 25 fit into one
  for (int i = 0; i < 5; ++i) {
    for (const std::uint32_t n : {2u, 3u}) t.ready(n, t.view().last.value);
    t.pass(1ms);
  }
  EXPECT_EQ(t.view().commit, t.view().last);
  EXPECT_EQ(t.tracker().table().registrations(), 220u);
}

// The master was started anew, or is another one.
TEST(R19Snapshots, WhoPullsOneThatIsNoMoreIsOfferedAnother) {
  LargeSnapshot room;
  room.t.hear(3, room.t.view().term.value, wire::SnapshotGet{room.meta.id + 1, 0, 1});
  EXPECT_EQ(room.t.said_to<wire::SnapshotMeta>(3).size(), 1u);
}

}  // namespace
}  // namespace swarm::test::snapshots
