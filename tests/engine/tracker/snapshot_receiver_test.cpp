// R19, the receiver's side: a snapshot is pulled, kept, loaded and installed in bounded parts,
// which survive a restart.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>

#include "engine/node/row_digest.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

InfoHash numbered(std::uint32_t n) {
  InfoHash hash;
  for (std::size_t i = 0; i < 4; ++i) hash.bytes[i] = static_cast<std::uint8_t>(n >> (24 - 8 * i));
  return hash;
}

db::Snapshot tables_of(std::uint32_t peers, std::uint64_t index, std::uint32_t contents_each = 4) {
  db::Snapshot s;
  s.applied = {LogIndex{index}, Term{2}, SwarmTime{2'000'000}, PeerRowId{peers + 1}};
  s.config_index = LogIndex{1};
  s.config = voters(3);
  for (std::uint32_t n = 1; n <= peers; ++n) {
    const bool v6 = n % 3 == 0;
    const Ip ip = v6 ? Ip::v6({0x20, 1, static_cast<std::uint8_t>(n >> 16),
                               static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)})
                     : Ip{0x0a000000 + n};
    s.peers.push_back({PeerRowId{n}, {ip, 6881}});
  }
  for (std::uint32_t n = 0; n < peers / 2; ++n) {
    for (std::uint32_t i = 1; i <= 2 * contents_each; ++i)
      s.contents.push_back({numbered(n), PeerRowId{(n * 7 + i) % peers + 1},
                            i % 2 == 0 ? PeerState::seeder : PeerState::leecher});
    if (n % 5 == 0) s.completed.push_back({numbered(n), false, n + 1});
  }
  std::sort(s.contents.begin(), s.contents.end());
  return s;
}

// A slave, and what master 2 offers it.
struct Room {
  explicit Room(db::Snapshot snapshot = tables_of(2000, 50), std::uint64_t id = 4,
                std::shared_ptr<SoloTracker> tracker = std::make_shared<SoloTracker>())
      : shared(std::move(tracker)),
        t(*shared),
        offered(std::move(snapshot)),
        bytes(wire::encode_snapshot(offered)),
        meta{id, offered.applied.index, offered.applied.term, bytes.size(),
             wire::hash_bytes(bytes)} {}

  std::uint32_t chunks() const {
    return static_cast<std::uint32_t>((bytes.size() + wire::chunk_size - 1) / wire::chunk_size);
  }
  void offer() {
    t.keep_alive(2, 2, 60, 2, 50);
    t.hear(2, 2, meta);
  }
  // Answers what is asked for until so many chunks came, or all. False: not so many.
  bool serve(std::size_t most = ~std::size_t{0}) {
    for (int idle = 0; most > 0 && idle < 500 && t.view().applied < meta.index; ++idle) {
      const auto asked = t.said_to<wire::SnapshotGet>(2);
      t.forget();
      for (const auto& get : asked)
        for (std::uint32_t i = 0; i < 64 && most > 0; ++i)
          if (((get.wanted >> i) & 1) != 0 && get.id == meta.id) {
            send(get.first + i);
            --most;
            idle = -1;
          }
      if (idle >= 0) t.pass(1ms);
      if (idle % 5 == 4) t.keep_alive(2, t.view().term.value, 60, 2, 50);
    }
    return most == 0;
  }
  void send(std::uint32_t chunk) {
    const std::size_t at = std::size_t{chunk} * wire::chunk_size;
    const auto size = std::min(wire::chunk_size, bytes.size() - at);
    t.hear(2, t.view().term.value,
           wire::SnapshotData{meta.id, chunk, Bytes(bytes).subspan(at, size)});
    came.insert(chunk);
    ++served;
  }
  void wait(Duration d) {
    for (Duration passed = 0ns; passed < d; passed += 5ms) {
      t.pass(5ms);
      t.keep_alive(2, t.view().term.value, 60, 2, 50);
    }
  }
  std::uint64_t digest() const { return db::digest_of(offered); }
  void expect_installed() {
    EXPECT_EQ(t.view().applied, meta.index);
    EXPECT_EQ(t.tracker().table().digest(), digest());
    const auto image = t.tracker_db().load();
    EXPECT_TRUE(image.tables.applied == offered.applied);
    EXPECT_TRUE(image.tables.peers == offered.peers);
    EXPECT_TRUE(image.tables.contents == offered.contents);
    EXPECT_TRUE(image.tables.completed == offered.completed);
  }

  std::shared_ptr<SoloTracker> shared;
  SoloTracker& t;
  db::Snapshot offered;
  std::vector<std::uint8_t> bytes;
  wire::SnapshotMeta meta;
  std::set<std::uint32_t> came;
  std::size_t served = 0;
};

TEST(R19Receiver, NoStepAndNoTransactionGrowsWithTheTable) {
  for (const std::uint32_t peers : {100u, 12'000u}) {
    Room room(tables_of(peers, 50));
    room.offer();
    room.serve();
    room.expect_installed();
    // About a millisecond, and half of what one transaction may have.
    EXPECT_LE(room.t.most_work(), 1024u);
    EXPECT_LE(room.t.most_rows_written(), db::most_rows_per_transaction / 2);
  }
}

TEST(R19Receiver, WhatIsLeftOverGoesLittleByLittle) {
  Room room;
  room.offer();
  room.serve();
  EXPECT_GT(room.t.tracker_db().load().left_over, room.chunks() / 2);
  room.wait(2s);
  EXPECT_EQ(room.t.tracker_db().load().left_over, 0u);
  // And a second one is installed beside a table that is full.
  room.t.forget();
  Room second(tables_of(2500, 55), 5, room.shared);
  second.t.keep_alive(2, 2, 70, 2, 55);
  second.t.hear(2, 2, second.meta);
  second.serve();
  second.expect_installed();
  EXPECT_GT(second.t.tracker_db().load().left_over, 10'000u);
  second.wait(3s);
  EXPECT_EQ(second.t.tracker_db().load().left_over, 0u);
  EXPECT_LE(second.t.most_rows_written(), db::most_rows_per_transaction / 2);
  second.expect_installed();
}

TEST(R19Receiver, TheNextOneWaitsUntilWhatIsLeftOverIsGone) {
  Room room;
  room.offer();
  room.serve();
  Room second(tables_of(2500, 55), 5, room.shared);
  second.t.forget();
  second.t.keep_alive(2, 2, 70, 2, 55);
  second.t.hear(2, 2, second.meta);  // at once
  second.serve();
  second.expect_installed();
}

// One without rows has nothing to stage, and waits all the same: what the staged tables still have
// would be in force with it.
TEST(R19Receiver, AnEmptyOneWaitsUntilWhatIsLeftOverIsGone) {
  Room first;
  first.offer();
  first.serve();
  first.wait(2s);
  Room second(tables_of(2500, 55), 5, first.shared);
  auto& t = second.t;
  t.forget();
  t.keep_alive(2, 2, 70, 2, 55);
  t.hear(2, 2, second.meta);
  second.serve();
  second.expect_installed();
  ASSERT_GT(t.tracker_db().load().left_over, 2000u);  // what the first one had
  Room empty(tables_of(0, 60), 6, first.shared);
  t.forget();
  t.keep_alive(2, 2, 70, 2, 60);
  t.hear(2, 2, empty.meta);  // at once
  empty.serve();
  empty.expect_installed();
  empty.wait(3s);
  EXPECT_EQ(t.tracker_db().load().left_over, 0u);
  empty.expect_installed();
}

// What the log removed is no more in memory, but on the disk if it takes the removal and the switch
// in one transaction, which need not drop what it puts aside. Chunks stand for these rows here.
TEST(R19Receiver, RowsThatTheSwitchNeedNotDropAreLeftOverToo) {
  Room first(tables_of(700, 50));
  auto& t = first.t;
  first.offer();
  first.serve();
  first.wait(2s);
  ASSERT_EQ(t.tracker_db().load().left_over, 0u);
  Expire gone;  // with four contents each
  for (std::uint32_t n = 1; gone.peers.size() < 128; ++n)
    if (n % 3 != 0) gone.peers.push_back({Ip{0x0a000000 + n}, 6881});
  t.hold_log();
  t.prepare(2, 2, block(51, 2, gone), 2, 51);
  t.pass(20ms);  // their rows are on the way to the disk
  ASSERT_EQ(t.tracker().table().peers(), 700u - 128u);
  Room second(tables_of(100, 60), 5, first.shared);
  t.forget();
  t.keep_alive(2, 2, 70, 2, 60);
  t.hear(2, 2, second.meta);
  second.serve();
  t.hold_log(false);
  t.sync_log();
  second.expect_installed();
  db::TrackerWrite rows, end;
  rows.staging.pull = db::PulledSnapshot{9, LogIndex{90}, Term{2}, 5000, 5};
  for (std::uint32_t n = 0; n < 600; ++n) rows.staging.chunks.push_back({n, {1}});
  end.staging.pull = db::PulledSnapshot{};
  const db::TrackerWrite* group[] = {&rows, &end};
  t.tracker_db().write(group);
  ASSERT_GT(t.tracker_db().load().left_over, 600u);
  second.wait(3s);
  EXPECT_EQ(t.tracker_db().load().left_over, 0u);
}

TEST(R19Receiver, ARestartInMidPullGoesOn) {
  Room room;
  room.offer();
  const std::size_t half = room.chunks() / 2;
  ASSERT_GT(half, 80u);
  ASSERT_TRUE(room.serve(half));
  room.wait(250ms);
  room.t.restart();
  room.t.forget();
  EXPECT_EQ(room.t.view().applied, LogIndex{});
  room.wait(60ms);
  EXPECT_TRUE(room.t.said<wire::SnapshotGet>().empty()) << "it is not known who has it";
  EXPECT_FALSE(room.t.said<wire::Fetch>().empty());
  room.offer();
  room.serve();
  room.expect_installed();
  EXPECT_LE(room.served, room.chunks() + 64);
}

TEST(R19Receiver, ARestartInMidPullBeginsAnewWhenAnotherOneIsOffered) {
  Room room;
  room.offer();
  ASSERT_TRUE(room.serve(room.chunks() / 2));
  room.t.restart();
  room.t.forget();
  Room other(tables_of(2100, 52), 5, room.shared);
  other.t.keep_alive(2, 2, 60, 2, 52);
  other.t.hear(2, 2, other.meta);
  other.serve();
  other.expect_installed();
  EXPECT_GE(other.served, other.chunks());
  other.wait(2s);
  EXPECT_EQ(other.t.tracker_db().load().left_over, 0u);
}

// The same bytes under another number, or another hash, are another snapshot.
TEST(R19Receiver, WhatDiffersInAnythingIsAnotherOne) {
  for (int what = 0; what < 5; ++what) {
    Room room;
    room.offer();
    ASSERT_TRUE(room.serve(100));
    room.t.restart();
    room.t.forget();
    auto meta = room.meta;
    if (what == 1) ++meta.id;
    if (what == 2) ++meta.hash;
    if (what == 3) ++meta.index;
    if (what == 4) ++meta.size;
    room.t.keep_alive(2, 2, 60, 2, 55);
    room.t.hear(2, 2, meta);
    const auto asked = room.t.said_to<wire::SnapshotGet>(2);
    ASSERT_FALSE(asked.empty());
    EXPECT_EQ(asked[0].first == 0, what != 0) << what;
  }
}

TEST(R19Receiver, AChunkThatRotsOnTheDiskIsFoundAndTheWholePulledAnew) {
  Room room;
  room.offer();
  ASSERT_TRUE(room.serve(100));
  room.wait(250ms);
  db::TrackerWrite rot;
  rot.staging.chunks = {{3, std::vector<std::uint8_t>(wire::chunk_size, 1)}};
  const db::TrackerWrite* group[] = {&rot};
  room.t.tracker_db().write(group);
  room.t.restart();
  room.t.forget();
  room.offer();
  room.serve();
  EXPECT_EQ(room.t.view().applied, LogIndex{});
  EXPECT_TRUE(room.t.events<event::SnapshotInstalled>().empty());
  room.offer();
  room.serve();
  room.expect_installed();
}

// At each of its writes: what is in force is the old state or the new one, and it gets there.
TEST(R19Receiver, ARestartAtAnyWriteLosesNothing) {
  std::size_t done = 0;
  for (std::size_t kill = 1; done < 3; ++kill) {
    ASSERT_LT(kill, 200u);
    Room room(tables_of(700, 50));
    room.t.hold_log();
    room.offer();
    std::size_t written = 0;
    for (int i = 0; i < 3000 && written < kill; ++i) {
      room.serve(20);
      for (; room.t.logs_pending() > 0 && written < kill; ++written) room.t.sync_one_log();
      if (room.t.view().applied == room.meta.index && room.t.logs_pending() == 0) room.wait(5ms);
    }
    room.t.restart();
    room.t.hold_log(false);
    const bool is_new = room.t.view().applied == room.meta.index;
    done += is_new;
    if (!is_new) {
      ASSERT_EQ(room.t.tracker().table().digest(), 0u) << kill;
      ASSERT_EQ(room.t.view().last, LogIndex{1});
    }
    room.t.forget();
    room.offer();
    room.serve();
    room.expect_installed();
    room.wait(1s);
    ASSERT_EQ(room.t.tracker_db().load().left_over, 0u) << kill;
  }
}

// A disk that is slow: what is in force stays as it is, and all duties are done.
struct SlowRoom : Room {
  SlowRoom() : Room(tables_of(4000, 50)) {
    t.hold_log();
    offer();
    for (int i = 0; i < 3000 && came.size() < chunks(); ++i) {
      serve(64);
      if (came.size() < chunks()) t.sync_log();
    }
    t.sync_log();
    t.forget();
  }
  bool finish() {
    for (int i = 0; i < 3000 && t.view().applied < meta.index; ++i) {
      t.sync_log();
      wait(5ms);
    }
    return t.view().applied == meta.index;
  }
};

TEST(R19Receiver, TheOldTablesAreInForceUntilTheSwitchIsDurable) {
  SlowRoom room;
  auto& t = room.t;
  for (int rounds = 0; t.view().applied < room.meta.index; ++rounds) {
    ASSERT_LT(rounds, 1000);
    ASSERT_EQ(t.tracker().table().registrations(), 0u);
    ASSERT_EQ(t.view().last, LogIndex{1});
    ASSERT_TRUE(t.said<wire::Fetch>().empty());
    for (const auto& ack : t.said<wire::KeepAliveAck>()) ASSERT_LE(ack.ack.durable, LogIndex{1});
    t.forget();
    if (t.logs_pending() > 0) t.sync_one_log();
    room.wait(5ms);
  }
  t.sync_log();
  room.expect_installed();
}

TEST(R19Receiver, VotesWhileItLoads) {
  SlowRoom room;
  auto& t = room.t;
  t.pass(60ms);
  t.vote(3, 3, 60, 2);
  ASSERT_FALSE(t.said<wire::VoteReply>().empty());
  EXPECT_EQ(t.said<wire::VoteReply>().back().granted, 1);
  t.keep_alive(3, 3, 61, 3, 50);
  ASSERT_LT(t.view().applied, room.meta.index);
  EXPECT_TRUE(room.finish()) << "what is whole is committed for ever, whoever is master";
  t.hold_log(false);
  t.sync_log();
  room.expect_installed();
}

TEST(R19Receiver, ItsSenderIsToldThatItIsStillWanted) {
  SlowRoom room;
  room.wait(5s);
  const auto told = room.t.said_to<wire::SnapshotGet>(2);
  EXPECT_GE(told.size(), 4u);
  EXPECT_LE(told.size(), 6u);
  for (const auto& get : told) {
    EXPECT_EQ(get.id, room.meta.id);
    EXPECT_EQ(get.wanted, 0u);
    EXPECT_NE(get.first, 0u) << "or it would count as one more that is sent";
  }
}

TEST(R19Receiver, NoMoreRowsWaitThanOneTransactionTakes) {
  SlowRoom room;
  room.wait(1s);
  std::size_t writes = room.t.logs_pending();
  EXPECT_GE(writes, 1u);
  EXPECT_LE(writes, db::most_rows_per_transaction / (Outbox::most_work / 2) + 1);
}

// The log was there after all: from a master that kept more of it.
TEST(R19Receiver, OvertakenByTheLogWhatIsStagedGoes) {
  Room room(tables_of(4000, 3));
  auto& t = room.t;
  t.hold_log();
  t.keep_alive(2, 2, 3, 2);
  t.hear(2, 2, room.meta);
  for (int i = 0; i < 3000 && room.came.size() < room.chunks(); ++i) {
    room.serve(64);
    if (room.came.size() < room.chunks()) t.sync_log();
  }
  ASSERT_EQ(room.came.size(), room.chunks());
  t.sync_log();
  t.prepare(2, 2, block(2, 2), 1);
  t.prepare(2, 2, block(3, 2), 2, 3);
  t.hold_log(false);
  t.sync_log();
  for (int i = 0; i < 1000; ++i) {
    t.pass(5ms);
    t.keep_alive(2, 2, 3, 2, 3);
  }
  EXPECT_TRUE(t.events<event::SnapshotInstalled>().empty());
  EXPECT_EQ(t.view().applied, LogIndex{3});
  EXPECT_EQ(t.tracker_db().load().left_over, 0u);
  EXPECT_EQ(t.tracker_db().load().pull, db::PulledSnapshot{});
}

// The process ended before it could say that the pull was over.
TEST(R19Receiver, ChunksOfAPullThatIsOverGoAfterARestart) {
  Room room;
  auto& t = room.t;
  t.keep_alive(2, 2, 1, 1, 1);
  t.pass(20ms);
  ASSERT_EQ(t.view().rows_applied, LogIndex{1});
  db::TrackerWrite pull;
  pull.staging.pull = db::PulledSnapshot{4, LogIndex{1}, Term{1}, 5000, 5};
  pull.staging.chunks = {{0, std::vector<std::uint8_t>(wire::chunk_size, 1)}};
  const db::TrackerWrite* group[] = {&pull};
  t.tracker_db().write(group);
  t.restart();
  t.pass(50ms);
  const auto image = t.tracker_db().load();
  EXPECT_TRUE(image.pull == db::PulledSnapshot{});
  EXPECT_TRUE(image.chunks.empty());
  EXPECT_EQ(image.left_over, 0u);
}

TEST(R19Receiver, OneThatContradictsItselfIsNotInstalled) {
  const auto refused = [](const std::function<void(db::Snapshot&)>& spoil) {
    auto snapshot = tables_of(100, 50);
    spoil(snapshot);
    Room room(snapshot);
    room.offer();
    room.serve();
    EXPECT_TRUE(room.t.events<event::SnapshotInstalled>().empty());
    EXPECT_EQ(room.t.view().applied, LogIndex{});
    room.wait(1s);
    EXPECT_EQ(room.t.tracker_db().load().left_over, 0u);
  };
  refused([](auto& s) { s.contents[50].peer = PeerRowId{77'000}; });
  refused([](auto& s) { std::swap(s.contents[50], s.contents[51]); });
  refused([](auto& s) { s.contents[51] = s.contents[50]; });
  refused([](auto& s) { s.peers[51].address = s.peers[49].address; });
  refused([](auto& s) { s.applied.next_peer = PeerRowId{50}; });
  refused([](auto& s) { s.completed.push_back({numbered(70'000), false, 1}); });
  refused([](auto& s) { s.completed.back().count = 0; });
}

// Each of its syncs is short, and one that does not end is a hung disk like any other.
TEST(R19Receiver, ALongInstallIsNoHungDisk) {
  SlowRoom room;
  auto& t = room.t;
  Duration taken{};
  for (int rounds = 0; t.view().applied < room.meta.index; ++rounds) {
    ASSERT_LT(rounds, 1000);
    room.wait(3s);  // a transaction
    taken += 3s;
    ASSERT_EQ(t.exit_reason(), "");
    t.sync_log();
  }
  EXPECT_GT(taken, 10s) << "longer than sync_exit";

  SlowRoom hangs;
  hangs.wait(11s);
  EXPECT_EQ(hangs.t.exit_reason(), "a sync of the disk has been pending for too long");
}

TEST(SwarmTableParts, GiveTheirMemoryBackInParts) {
  const auto rows = tables_of(20'000, 50);
  SwarmTable table(3);
  table.load(rows);
  EXPECT_EQ(table.digest(), db::digest_of(rows));
  const auto full = table.memory();
  int steps = 1;
  for (auto before = full; table.shed(2048); ++steps, before = table.memory())
    ASSERT_LT(before - table.memory(), full / 10);
  EXPECT_GT(steps, 30);
}

}  // namespace
}  // namespace swarm::test
