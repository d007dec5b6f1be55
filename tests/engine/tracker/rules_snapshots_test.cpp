// R19 of the cluster protocol: snapshots, and what may come late behind keep-alives.
#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <set>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

const Endpoint peer{0x0a010001, 6881};
Operation registration(std::uint8_t n) {
  return Register{content(n), peer, PeerState::leecher};
}

db::Snapshot snapshot_at(std::uint64_t index, std::uint64_t term) {
  db::Snapshot s;
  s.applied = {LogIndex{index}, Term{term}, SwarmTime{2'000'000}, PeerRowId{3}};
  s.config_index = LogIndex{1};
  s.config = voters(3);
  s.peers = {{PeerRowId{1}, peer}, {PeerRowId{2}, {0x0a010002, 6881}}};
  s.contents = {{content(1), PeerRowId{1}, PeerState::seeder},
                {content(1), PeerRowId{2}, PeerState::leecher}};
  return s;
}
wire::SnapshotMeta meta_of(const db::Snapshot& s, Bytes bytes, std::uint64_t id = 4) {
  return {id, s.applied.index, s.applied.term, bytes.size(), wire::hash_bytes(bytes)};
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

// A master whose log begins behind its slaves'.
struct ShortLog {
  explicit ShortLog(std::uint32_t log_keep = 4) : t(options(log_keep)) {
    t.serve();
    for (std::uint8_t n = 1; n <= 20; ++n) commit_one(n);
    t.pass_as_master(20ms);
    t.forget();
  }
  static SoloTracker::Options options(std::uint32_t log_keep) {
    TrackerSettings settings;
    settings.log_keep = log_keep;
    return {.settings = settings};
  }
  // By way of members coming and going: an entry each.
  void commit_one(std::uint8_t n) {
    const Endpoint from{0x0a020000u + n, 6881};
    t.hear_peer(from, wire::ConnectRequest{TransactionId{n}});
    wire::AnnounceRequest announce;
    announce.connection = t.replied<wire::ConnectResponse>().back().connection;
    announce.info_hash = content(n);
    announce.event = wire::AnnounceEvent::started;
    announce.transaction = TransactionId{n};
    announce.port = 6881;
    t.hear_peer(from, announce);
    t.pass_as_master(7ms);
  }
  void register_200() {
    for (std::uint32_t i = 0; i < 200; ++i) {
      const Endpoint from{0x0a040000u + i, 6881};
      t.hear_peer(from, wire::ConnectRequest{TransactionId{1}});
      wire::AnnounceRequest announce;
      announce.connection = t.replied<wire::ConnectResponse>().back().connection;
      announce.info_hash = content(1);
      announce.event = wire::AnnounceEvent::started;
      announce.transaction = TransactionId{2};
      announce.port = 6881;
      t.hear_peer(from, announce);
      if (i % 20 == 0) t.pass(300us);
    }
  }
  std::vector<std::uint8_t> pull(const wire::SnapshotMeta& meta) {
    std::vector<std::uint8_t> bytes;
    const auto chunks = static_cast<std::uint32_t>((meta.size + 1023) / 1024);
    for (std::uint32_t i = 0; i < chunks; ++i) {
      t.forget();
      t.hear(3, t.view().term.value, wire::SnapshotGet{meta.id, i, 1});
      pass(20ms);
      for (const auto& data : t.said_to<wire::SnapshotData>(3))
        bytes.insert(bytes.end(), data.bytes.begin(), data.bytes.end());
    }
    return bytes;
  }
  // Both others acknowledge what is sent now, `late` after it was.
  void pass(Duration d, Duration late = 0ns) {
    for (Duration passed = 0ns; passed < d; passed += 1ms) {
      t.pass(1ms);
      for (const std::uint32_t n : {2u, 3u})
        t.hear(n, t.view().term.value,
               wire::KeepAliveAck{
                   t.acknowledgement(t.view().last.value, static_cast<std::uint64_t>(late / 1us))});
    }
  }
  std::size_t chunks_sent(std::uint32_t to = 3) { return t.said_to<wire::SnapshotData>(to).size(); }
  SoloTracker t;
};

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

// ---- R19: bulk never makes keep-alives late

constexpr std::uint64_t all_of_a_window = ~std::uint64_t{0};

// A master with a snapshot of more than 64 chunks, offered to 3.
struct LargeSnapshot : ShortLog {
  LargeSnapshot() {
    for (std::uint32_t i = 0; i < 600; ++i) {
      const Endpoint from{0x0a030000u + i, 6881};
      t.hear_peer(from, wire::ConnectRequest{TransactionId{1}});
      wire::ScrapeRequest told;
      told.connection = t.replied<wire::ConnectResponse>().back().connection;
      told.transaction = TransactionId{2};
      for (std::uint8_t n = 100; n < 105; ++n) told.contents.push_back(content(n));
      t.hear_peer(from, told);
      pass(1ms);
      t.forget();
    }
    pass(100ms);
    t.forget();
    for (; t.said<wire::SnapshotMeta>().empty() && fetches < 100; ++fetches) {
      t.hear(3, t.view().term.value, wire::Fetch{LogIndex{2}, 1});
      pass(1ms);
    }
    meta = t.said_to<wire::SnapshotMeta>(3).at(0);
    t.forget();
  }
  int fetches = 0;  // until it was made
  void get(std::uint32_t first = 0, std::uint64_t wanted = all_of_a_window) {
    t.hear(3, t.view().term.value, wire::SnapshotGet{meta.id, first, wanted});
  }
  wire::SnapshotMeta meta;
};

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

}  // namespace
}  // namespace swarm::test
