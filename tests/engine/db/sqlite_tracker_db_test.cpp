#include "engine/db/sqlite_tracker_db.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "engine/base/assert.hpp"
#include "engine/base/random.hpp"
#include "engine/node/row_digest.hpp"
#include "tests/engine/db/db_error.hpp"
#include "tests/engine/db/temporary_directory.hpp"

namespace swarm::db {

// Whole images are compared; blocks by what they hold.
static bool operator==(const Block& a, const Block& b) {
  return a.index == b.index && a.term == b.term && a.stamp == b.stamp &&
         a.operations == b.operations;
}
static bool operator==(const Snapshot& a, const Snapshot& b) {
  return a.applied == b.applied && a.config_index == b.config_index && a.config == b.config &&
         a.peers == b.peers && a.contents == b.contents && a.completed == b.completed;
}
static bool operator==(const TrackerImage& a, const TrackerImage& b) {
  return a.tables == b.tables && a.log_begin == b.log_begin && a.previous_term == b.previous_term &&
         std::equal(a.log.begin(), a.log.end(), b.log.begin(), b.log.end(),
                    [](const BlockPtr& x, const BlockPtr& y) { return *x == *y; });
}

namespace {

using testing::HasSubstr;

constexpr PeerState leecher = PeerState::leecher;
constexpr PeerState seeder = PeerState::seeder;

InfoHash hash_of(std::uint8_t byte) {
  InfoHash hash;
  hash.bytes.fill(byte);
  return hash;
}
Endpoint address(std::uint8_t n) {
  return {0x0a000000u + n, static_cast<std::uint16_t>(6000 + n)};
}

Endpoint address6(std::uint8_t n) {
  return {Ip::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n}),
          static_cast<std::uint16_t>(6000 + n)};
}

BlockPtr block(std::uint64_t index, std::uint64_t term, std::size_t size = 3) {
  return std::make_shared<const Block>(
      Block{{index}, {term}, {1000 * index}, std::vector<std::uint8_t>(size, 4)});
}

Config config_of(std::uint32_t members) {
  Config config;
  for (std::uint32_t id = 1; id <= members; ++id)
    config.members.push_back(
        {{id}, {0xfedcba9876543210 + id}, Standing::voter, id % 2 == 0, {0xc0a80000u + id, 7000}});
  config.ready = ReadyPolicy::in_sync;
  config.next_id = {members + 1};
  config.current_secret.fill(0xcc);
  config.previous_secret.fill(0xdd);
  config.secret_since = {members * std::uint64_t{1'000'000}};
  return config;
}

void write(TrackerDb& db, const TrackerWrite& one) {
  const TrackerWrite* group[] = {&one};
  db.write(group);
}
void write(TrackerDb& db, const std::vector<TrackerWrite>& many) {
  std::vector<const TrackerWrite*> group;
  for (const auto& one : many) group.push_back(&one);
  db.write(group);
}

// One block and the rows that it led to.
TrackerWrite step(std::uint64_t index, std::vector<RowChange> rows, std::int64_t next_peer) {
  TrackerWrite w;
  w.append = {block(index, 1)};
  w.rows = std::move(rows);
  w.applied = Applied{{index}, {1}, {1000 * index}, {next_peer}};
  return w;
}

TrackerWrite sample_write() {
  return step(1,
              {PutPeer{{{1}, address(1)}}, PutContent{{hash_of(7), {1}, seeder}},
               PutPeer{{{2}, address(2)}}, PutContent{{hash_of(7), {2}, leecher}},
               PutContent{{hash_of(3), {2}, seeder}}, PutCompleted{{hash_of(7), false, 3}}},
              3);
}

// A log that begins behind a CONFIG.
TrackerWrite first_config() {
  TrackerWrite w = step(1, {}, 1);
  w.append.push_back(block(2, 1));
  w.applied->index = {2};
  w.drop_before = {{2}, {1}, {1}, config_of(5)};
  return w;
}
TrackerWrite sample_write_after_it() {
  TrackerWrite w;
  w.rows = sample_write().rows;
  w.applied = Applied{{2}, {1}, {2000}, {3}};
  return w;
}

TEST(SqliteTrackerDb, AFreshOneIsEmptyAndBeginsAtBlockOne) {
  SqliteTrackerDb db(":memory:");
  EXPECT_TRUE(db.load() == TrackerImage{});
}

TEST(SqliteTrackerDb, WhatIsWrittenIsLoaded) {
  SqliteTrackerDb db(":memory:");
  write(db, sample_write());
  const TrackerImage image = db.load();
  EXPECT_EQ(image.tables.applied, (Applied{{1}, {1}, {1000}, {3}}));
  EXPECT_EQ(image.tables.applied, db.applied());
  EXPECT_EQ(image.tables.peers, (std::vector<PeerRow>{{{1}, address(1)}, {{2}, address(2)}}));
  EXPECT_EQ(image.tables.contents,
            (std::vector<ContentRow>{
                {hash_of(3), {2}, seeder}, {hash_of(7), {1}, seeder}, {hash_of(7), {2}, leecher}}));
  ASSERT_EQ(image.log.size(), 1u);
  EXPECT_TRUE(*image.log[0] == *block(1, 1));
}

TEST(SqliteTrackerDb, TheLargestNumbersSurvive) {
  SqliteTrackerDb db(":memory:");
  const std::uint64_t large = ~std::uint64_t{0} - 1;
  TrackerWrite w;
  w.append = {std::make_shared<const Block>(Block{{1}, {large}, {large}, {}})};
  w.rows = {PutPeer{{{5'000'000'000}, {0xffffffff, 65535}}}, PutPeer{{{1}, {0, 1}}}};
  w.applied = Applied{{1}, {large}, {large}, {6'000'000'000}};
  write(db, w);
  const TrackerImage image = db.load();
  EXPECT_EQ(image.tables.applied, *w.applied);
  EXPECT_EQ(image.log.at(0)->term.value, large);
  EXPECT_EQ(image.log.at(0)->stamp.us, large);
  EXPECT_TRUE(image.log.at(0)->operations.empty());
  EXPECT_EQ(image.tables.peers,
            (std::vector<PeerRow>{{{1}, {0, 1}}, {{5'000'000'000}, {0xffffffff, 65535}}}));
}

TEST(SqliteTrackerDb, TheTablesAreTheSeedsToTheLetter) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  { SqliteTrackerDb created(path); }
  SQLite::Database raw(path);
  const auto columns = [&](const char* table) {
    std::string text;
    SQLite::Statement info(raw, std::string("PRAGMA table_info(\"") + table + "\")");
    while (info.executeStep())
      text += info.getColumn(1).getString() + ":" + info.getColumn(2).getString() + " ";
    return text;
  };
  EXPECT_EQ(columns("PEER-INFO"), "id:INTEGER host:VARCHAR(255) port:INTEGER ");
  EXPECT_EQ(columns("CONTENTS"), "sha1:VARCHAR(40) peer_id:INTEGER ");
}

TEST(SqliteTrackerDb, AnAllDigitHashStaysAText) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  InfoHash digits = hash_of(0x12), next = digits, exponent = digits;
  next.bytes[19] = 0x13;      // the same number as `digits` in double precision
  exponent.bytes[18] = 0xe1;  // 12...12e112: a number too
  {
    SqliteTrackerDb db(path);
    write(db, step(1,
                   {PutPeer{{{1}, address(1)}}, PutContent{{digits, {1}, seeder}},
                    PutContent{{next, {1}, leecher}}, PutContent{{exponent, {1}, seeder}}},
                   2));
  }
  {
    SqliteTrackerDb db(path);
    EXPECT_EQ(db.load().tables.contents,
              (std::vector<ContentRow>{
                  {digits, {1}, seeder}, {next, {1}, leecher}, {exponent, {1}, seeder}}));
    write(db, step(2, {DropContent{digits, {1}}}, 2));
    EXPECT_EQ(db.load().tables.contents.size(), 2u) << "only its own row is dropped";
  }
  SQLite::Database raw(path);
  EXPECT_EQ(raw.execAndGet("SELECT count(*) FROM CONTENTS WHERE typeof(sha1) = 'text' AND "
                           "length(sha1) = 40")
                .getInt(),
            2);
}

TEST(SqliteTrackerDb, HostsAreWrittenAsTheirAddressesAre) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  const std::vector<PeerRow> peers{{{1}, {0x0a00c8ff, 80}}, {{2}, address6(1)}};
  {
    SqliteTrackerDb db(path);
    write(db, step(1, {PutPeer{peers[0]}, PutPeer{peers[1]}}, 3));
    EXPECT_EQ(db.load().tables.peers, peers);
  }
  SQLite::Database raw(path);
  const auto host = [&](int id) {
    return raw
        .execAndGet(R"(SELECT host || ' ' || port FROM "PEER-INFO" WHERE id = )" +
                    std::to_string(id))
        .getString();
  };
  EXPECT_EQ(host(1), "10.0.200.255 80");
  EXPECT_EQ(host(2), "2001:db8::1 6001");
}

TEST(SqliteTrackerDb, CompletedIsCountedPerAddressFamilyAndGoesAtZero) {
  SqliteTrackerDb db(":memory:");
  const InfoHash hash = hash_of(7);
  write(db, sample_write());
  write(db, step(2,
                 {PutPeer{{{3}, address6(3)}}, PutContent{{hash, {3}, seeder}},
                  PutCompleted{{hash, true, 1}}, PutCompleted{{hash, false, 4}},
                  PutCompleted{{hash, true, 2}}},
                 4));
  EXPECT_EQ(db.load().tables.completed,
            (std::vector<CompletedRow>{{hash, false, 4}, {hash, true, 2}}));
  write(db, step(3, {DropContent{hash, {3}}, PutCompleted{{hash, true, 0}}, DropPeer{{3}}}, 4));
  EXPECT_EQ(db.load().tables.completed, (std::vector<CompletedRow>{{hash, false, 4}}));
}

// The tables of version 1, as trackers have them on disk, with a member, a log and rows.
constexpr const char* version_1 = R"sql(
PRAGMA journal_mode = WAL;
PRAGMA application_id = 1414747986;
PRAGMA user_version = 1;
CREATE TABLE "PEER-INFO"(
  id INTEGER PRIMARY KEY, host VARCHAR(255) NOT NULL, port INTEGER NOT NULL, UNIQUE(host, port));
CREATE TABLE CONTENTS(
  sha1 VARCHAR(40) NOT NULL, peer_id INTEGER NOT NULL REFERENCES "PEER-INFO"(id),
  PRIMARY KEY(sha1, peer_id)) WITHOUT ROWID;
CREATE TABLE SEEDERS(
  sha1 VARCHAR(40) NOT NULL, peer_id INTEGER NOT NULL, PRIMARY KEY(sha1, peer_id),
  FOREIGN KEY(sha1, peer_id) REFERENCES CONTENTS(sha1, peer_id)) WITHOUT ROWID;
CREATE TABLE LOG(
  idx INTEGER PRIMARY KEY, term INTEGER NOT NULL, stamp INTEGER NOT NULL, block BLOB NOT NULL);
CREATE TABLE META(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  applied_index INTEGER NOT NULL, applied_term INTEGER NOT NULL, applied_stamp INTEGER NOT NULL,
  next_peer_id INTEGER NOT NULL,
  log_begin INTEGER NOT NULL, previous_term INTEGER NOT NULL,
  config_index INTEGER NOT NULL, ready INTEGER NOT NULL, next_member_id INTEGER NOT NULL,
  current_secret BLOB NOT NULL, previous_secret BLOB NOT NULL);
CREATE TABLE MEMBERS(
  id INTEGER PRIMARY KEY, store INTEGER NOT NULL, standing INTEGER NOT NULL,
  in_sync INTEGER NOT NULL, host VARCHAR(255) NOT NULL, port INTEGER NOT NULL);
INSERT INTO META VALUES(1, 6, 2, 6000, 3, 5, 1, 4, 1, 2, zeroblob(16), zeroblob(16));
INSERT INTO MEMBERS VALUES(1, 77, 1, 1, '192.168.0.1', 7000);
INSERT INTO LOG VALUES(5, 2, 5000, x'04'), (6, 2, 6000, x'0404');
INSERT INTO "PEER-INFO" VALUES(1, '10.0.0.1', 6001), (2, '10.0.0.2', 6002);
INSERT INTO CONTENTS VALUES('0707070707070707070707070707070707070707', 1),
  ('0707070707070707070707070707070707070707', 2);
INSERT INTO SEEDERS VALUES('0707070707070707070707070707070707070707', 2))sql";

TEST(SqliteTrackerDb, AFileOfVersionOneOpensWithAllThatItHolds) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(version_1);
  TrackerImage expected;
  Snapshot& tables = expected.tables;
  tables.applied = {{6}, {2}, {6000}, {3}};
  tables.config_index = {4};
  tables.config = {{{{1}, {77}, Standing::voter, true, {0xc0a80001, 7000}}},
                   ReadyPolicy::in_sync,
                   {2},
                   {},
                   {},
                   {}};
  tables.peers = {{{1}, address(1)}, {{2}, address(2)}};
  tables.contents = {{hash_of(7), {1}, leecher}, {hash_of(7), {2}, seeder}};
  expected.log_begin = {5};
  expected.previous_term = {1};
  const auto noops = [](std::uint64_t index, std::size_t n) {
    return std::make_shared<const Block>(
        Block{{index}, {2}, {1000 * index}, std::vector<std::uint8_t>(n, 4)});
  };
  expected.log = {noops(5, 1), noops(6, 2)};
  {
    SqliteTrackerDb db(path);
    EXPECT_TRUE(db.load() == expected);
    TrackerWrite w;  // and it goes on
    w.append = {noops(7, 1)};
    w.rows = {PutPeer{{{3}, address6(3)}}, PutContent{{hash_of(7), {3}, seeder}},
              PutCompleted{{hash_of(7), true, 1}}};
    w.applied = Applied{{7}, {2}, {7000}, {4}};
    write(db, w);
  }
  SqliteTrackerDb db(path);
  EXPECT_EQ(db.load().tables.peers.size(), 3u);
  EXPECT_EQ(db.load().tables.completed, (std::vector<CompletedRow>{{hash_of(7), true, 1}}));
}

TEST(SqliteTrackerDb, AnUpgradeThatFailsLeavesTheOldVersion) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  const auto raw = [&](const char* sql) {
    SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
  };
  raw(version_1);
  raw("ALTER TABLE META ADD COLUMN secret_since INTEGER NOT NULL DEFAULT 0");
  EXPECT_THAT(error_of([&] { SqliteTrackerDb db(path); }), HasSubstr("cannot open"));
  SQLite::Database file(path);
  EXPECT_EQ(file.execAndGet("PRAGMA user_version").getInt(), 1);
  EXPECT_FALSE(file.tableExists("COMPLETED")) << "not the half of a step";
}

TEST(SqliteTrackerDb, TheLastChangeOfARowWins) {
  SqliteTrackerDb db(":memory:");
  write(db, sample_write());
  const InfoHash a = hash_of(1), b = hash_of(7);
  write(db, {step(2, {PutContent{{a, {1}, seeder}}, PutContent{{a, {1}, leecher}}}, 3),
             step(3, {DropContent{b, {1}}, PutContent{{b, {1}, leecher}}}, 3),
             step(4, {PutContent{{b, {2}, seeder}}, DropContent{b, {2}}}, 3)});
  EXPECT_EQ(
      db.load().tables.contents,
      (std::vector<ContentRow>{{a, {1}, leecher}, {hash_of(3), {2}, seeder}, {b, {1}, leecher}}));
}

TEST(SqliteTrackerDb, AnAddressPassesToANewPeerWithinOneGroup) {
  SqliteTrackerDb db(":memory:");
  write(db, sample_write());
  write(db, {step(2, {DropContent{hash_of(7), {1}}, DropPeer{{1}}}, 3),
             step(3, {PutPeer{{{3}, address(1)}}, PutContent{{hash_of(7), {3}, leecher}}}, 4)});
  EXPECT_EQ(db.load().tables.peers, (std::vector<PeerRow>{{{2}, address(2)}, {{3}, address(1)}}));
}

TEST(SqliteTrackerDb, APeerOfOneGroupMayBeGoneAtItsEnd) {
  SqliteTrackerDb db(":memory:");
  write(db, {sample_write(), step(2,
                                  {DropContent{hash_of(7), {1}}, DropPeer{{1}},
                                   PutPeer{{{3}, address(1)}}, DropPeer{{3}}},
                                  4)});
  EXPECT_EQ(db.load().tables.peers, (std::vector<PeerRow>{{{2}, address(2)}}));
}

TEST(SqliteTrackerDb, TruncationAndAppendInOneTicket) {
  SqliteTrackerDb db(":memory:");
  TrackerWrite first;
  first.append = {block(1, 1), block(2, 1), block(3, 1)};
  write(db, first);
  TrackerWrite second;
  second.truncate_from = LogIndex{2};
  second.append = {block(2, 5), block(3, 5), block(4, 6)};
  write(db, second);
  const auto log = db.load().log;
  ASSERT_EQ(log.size(), 4u);
  EXPECT_TRUE(*log[0] == *block(1, 1) && *log[1] == *block(2, 5) && *log[3] == *block(4, 6));

  TrackerWrite beyond;
  beyond.truncate_from = LogIndex{5};
  write(db, beyond);
  EXPECT_EQ(db.load().log.size(), 4u) << "nothing is at or above 5";
}

TEST(SqliteTrackerDb, DropBeforeKeepsTheConfigThatWasInForce) {
  SqliteTrackerDb db(":memory:");
  TrackerWrite first;
  first.append = {block(1, 1), block(2, 1), block(3, 2), block(4, 2)};
  first.applied = Applied{{3}, {2}, {3000}, {1}};
  write(db, first);
  TrackerWrite drop;
  drop.drop_before = {{3}, {1}, {1}, config_of(3)};
  write(db, drop);

  TrackerImage image = db.load();
  EXPECT_EQ(image.log_begin, LogIndex{3});
  EXPECT_EQ(image.previous_term, Term{1});
  EXPECT_EQ(image.tables.config_index, LogIndex{1});
  EXPECT_EQ(image.tables.config, config_of(3));
  ASSERT_EQ(image.log.size(), 2u);
  EXPECT_TRUE(*image.log[0] == *block(3, 2));

  write(db, drop);  // again: nothing is left to drop
  EXPECT_TRUE(db.load() == image);

  drop.applied = Applied{{4}, {2}, {4000}, {1}};
  drop.drop_before = {{5}, {2}, {4}, config_of(2)};
  write(db, drop);
  image = db.load();
  EXPECT_TRUE(image.log.empty());
  EXPECT_EQ(image.log_begin, LogIndex{5});
  EXPECT_EQ(image.tables.config, config_of(2));
  TrackerWrite append;
  append.append = {block(5, 3)};
  write(db, append);
  EXPECT_EQ(db.load().log.size(), 1u);
}

std::shared_ptr<Snapshot> snapshot_at(std::uint64_t index) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->applied = {{index}, {4}, {77}, {10}};
  snapshot->config_index = {index - 2};
  snapshot->config = config_of(5);
  snapshot->peers = {{{4}, address(1)}, {{9}, address(9)}};
  snapshot->contents = {{hash_of(1), {9}, seeder}, {hash_of(2), {4}, leecher}};
  return snapshot;
}

// All of it in one write, over whatever is left over.
void install(TrackerWrite& w, const Snapshot& snapshot) {
  w.staging.clear = 1000;
  for (const auto& row : snapshot.peers) w.staging.rows.push_back(PutPeer{row});
  for (const auto& row : snapshot.contents) w.staging.rows.push_back(PutContent{row});
  for (const auto& row : snapshot.completed) w.staging.rows.push_back(PutCompleted{row});
  w.install = snapshot;
  w.digest = digest_of(snapshot);
}

TEST(SqliteTrackerDb, InstallReplacesEverything) {
  SqliteTrackerDb db(":memory:");
  write(db, sample_write());
  TrackerWrite w;
  install(w, *snapshot_at(50));
  w.append = {block(51, 4)};
  write(db, w);
  const TrackerImage image = db.load();
  EXPECT_TRUE(image.tables == *snapshot_at(50));
  EXPECT_EQ(image.log_begin, LogIndex{51});
  EXPECT_EQ(image.previous_term, Term{4});
  ASSERT_EQ(image.log.size(), 1u);
}

TEST(SqliteTrackerDb, InstallInTheMiddleOfAGroupUndoesWhatCameBefore) {
  SqliteTrackerDb db(":memory:");
  TrackerWrite installs;
  install(installs, *snapshot_at(50));
  TrackerWrite after;
  after.append = {block(51, 4)};
  after.rows = {DropContent{hash_of(2), {4}}, DropPeer{{4}}};
  after.applied = Applied{{51}, {4}, {78}, {10}};
  write(db, {sample_write(), installs, after});
  const TrackerImage image = db.load();
  EXPECT_EQ(image.tables.peers, (std::vector<PeerRow>{{{9}, address(9)}}));
  EXPECT_EQ(image.tables.contents, (std::vector<ContentRow>{{hash_of(1), {9}, seeder}}));
  EXPECT_EQ(image.tables.applied, *after.applied);
}

TEST(SqliteTrackerDb, AFailingWriteLeavesNothingOfItsGroup) {
  SqliteTrackerDb db(":memory:");
  write(db, sample_write());
  const TrackerImage before = db.load();
  const auto group = [&] {
    write(db, {step(2, {PutPeer{{{3}, address(3)}}, PutContent{{hash_of(9), {3}, seeder}}}, 4),
               step(3, {PutPeer{{{4}, address(2)}}}, 5)});
  };
  EXPECT_THAT(error_of(group), HasSubstr("UNIQUE"));
  EXPECT_TRUE(db.load() == before);
  EXPECT_THAT(error_of([&] { write(db, step(2, {}, 3)); }), HasSubstr("failed before"));
  EXPECT_TRUE(db.load() == before);
}

TEST(SqliteTrackerDb, ALogWithAGapOrABlockTwiceIsABug) {
  for (const std::uint64_t wrong : {1u, 3u}) {
    SqliteTrackerDb db(":memory:");
    write(db, sample_write());
    const TrackerImage before = db.load();
    TrackerWrite w;
    w.append = {block(wrong, 1)};
    EXPECT_THROW(write(db, w), AssertionFailed);
    EXPECT_TRUE(db.load() == before);
  }
}

TEST(SqliteTrackerDb, RowsAndLogAlwaysMeet) {
  const auto refused = [](const TrackerWrite& w) {
    SqliteTrackerDb db(":memory:");
    write(db, {step(1, {}, 1), step(2, {}, 1)});
    EXPECT_THROW(write(db, w), AssertionFailed);
    EXPECT_EQ(db.load().tables.applied.index, LogIndex{2});
  };
  TrackerWrite back, ahead, dropped, truncated;
  back.applied = Applied{{1}, {1}, {1000}, {1}};
  refused(back);
  ahead.applied = Applied{{3}, {1}, {3000}, {1}};
  refused(ahead);
  dropped.append = {block(3, 1), block(4, 1)};
  dropped.drop_before = {{4}, {1}, {1}, config_of(3)};
  refused(dropped);
  truncated.truncate_from = LogIndex{2};
  refused(truncated);
}

TEST(SqliteTrackerDb, EverythingIsThereAfterClosing) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  TrackerImage before;
  {
    SqliteTrackerDb db(path);
    TrackerWrite w;
    install(w, *snapshot_at(50));
    write(db, w);
    write(db, step(51, {PutContent{{hash_of(9), {4}, seeder}}}, 10));
    EXPECT_GT(db.wal_pages(), 0u);
    db.checkpoint();
    EXPECT_EQ(db.wal_pages(), 0u);
    write(db, step(52, {DropContent{hash_of(9), {4}}}, 10));
    before = db.load();
  }
  SqliteTrackerDb again(path);
  EXPECT_TRUE(again.load() == before);
  write(again, step(53, {}, 10));  // and goes on where it stood
  EXPECT_EQ(again.load().log.size(), 3u);
}

TEST(SqliteTrackerDb, ATornWriteAheadLogLosesWholeGroupsOnly) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db", copy = directory / "copy.db";
  SqliteTrackerDb db(path);
  db.checkpoint();
  std::vector<TrackerImage> states{db.load()};
  for (std::uint64_t i = 1; i <= 5; ++i) {
    const auto n = static_cast<std::uint8_t>(i);
    write(db, step(i, {PutPeer{{{n}, address(n)}}, PutContent{{hash_of(n), {n}, seeder}}}, n + 1));
    states.push_back(db.load());
  }
  const auto size = std::filesystem::file_size(path + "-wal");
  std::set<std::uint64_t> seen;
  for (std::uintmax_t cut = 0; cut < size; cut += 1500) {
    std::filesystem::copy_file(path, copy);
    std::filesystem::copy_file(path + "-wal", copy + "-wal");
    std::filesystem::resize_file(copy + "-wal", size - cut);
    {
      SqliteTrackerDb torn(copy);
      const TrackerImage image = torn.load();
      ASSERT_LT(image.tables.applied.index.value, states.size());
      EXPECT_TRUE(image == states[image.tables.applied.index.value]) << cut;
      seen.insert(image.tables.applied.index.value);
    }
    std::filesystem::remove(copy);
  }
  EXPECT_GE(seen.size(), 5u) << "the cuts fell into many groups";
}

TEST(SqliteTrackerDb, OneProcessAtATime) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  {
    SqliteTrackerDb first(path);
    EXPECT_THAT(error_of([&] { SqliteTrackerDb second(path); }),
                testing::AllOf(HasSubstr(path), HasSubstr("another process is using it")));
    write(first, sample_write());
    EXPECT_THAT(error_of([&] { SqliteTrackerDb second(path); }), HasSubstr("another process"));
  }
  SqliteTrackerDb second(path);
  EXPECT_EQ(second.load().log.size(), 1u);
  EXPECT_THAT(error_of([&] { SqliteTrackerDb third(path); }), HasSubstr("another process"))
      << "the lock is held from opening, not from the first write";
}

TEST(SqliteTrackerDb, ForeignFilesAreRefusedAndLeftAlone) {
  TemporaryDirectory directory;
  const std::string text = directory / "text", foreign = directory / "foreign.db",
                    newer = directory / "newer.db";
  std::ofstream(text) << std::string(5000, 'x');
  EXPECT_THAT(error_of([&] { SqliteTrackerDb db(text); }), HasSubstr("not a SQLite database"));
  EXPECT_EQ(std::filesystem::file_size(text), 5000u);

  SQLite::Database(foreign, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE bookmarks(url TEXT)");
  EXPECT_THAT(error_of([&] { SqliteTrackerDb db(foreign); }),
              HasSubstr("it is not a tracker database"));
  EXPECT_EQ(SQLite::Database(foreign).execAndGet("PRAGMA journal_mode").getString(), "delete");

  { SqliteTrackerDb db(newer); }
  SQLite::Database(newer, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 9");
  EXPECT_THAT(error_of([&] { SqliteTrackerDb db(newer); }),
              HasSubstr("of format 9, made by a newer version"));

  EXPECT_THAT(error_of([&] { SqliteTrackerDb db(directory / "missing/tracker.db"); }),
              HasSubstr("cannot open"));
}

TEST(SqliteTrackerDb, ACorruptFileIsOneSentence) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  const auto damaged_by = [&](const char* sql) {
    std::filesystem::remove(path);
    {
      SqliteTrackerDb db(path);
      write(db, sample_write());
      write(db, {step(2, {}, 3), step(3, {}, 3)});
    }
    SQLite::Database(path, SQLite::OPEN_READWRITE).exec(sql);
    return error_of([&] { SqliteTrackerDb(path).load(); });
  };
  EXPECT_EQ(damaged_by("SELECT 1"), "no error");
  EXPECT_THAT(damaged_by("DELETE FROM LOG WHERE idx = 2"), HasSubstr("block 2 is missing"));
  EXPECT_THAT(damaged_by("DELETE FROM LOG WHERE idx = 3"), HasSubstr("do not meet"));
  EXPECT_THAT(damaged_by("DELETE FROM META"), HasSubstr("is corrupt"));
  EXPECT_THAT(damaged_by("UPDATE \"PEER-INFO\" SET host = '10.0.0.256' WHERE id = 1"),
              HasSubstr("not an address"));
  EXPECT_THAT(damaged_by("UPDATE \"PEER-INFO\" SET host = '2001:DB8::1' WHERE id = 1"),
              HasSubstr("not an address"));
  EXPECT_THAT(damaged_by("UPDATE \"PEER-INFO\" SET host = '::ffff:10.0.0.1' WHERE id = 1"),
              HasSubstr("not an address"));
  EXPECT_THAT(damaged_by("UPDATE CONTENTS SET sha1 = 'x' || sha1"), HasSubstr("sha1"));
  EXPECT_THAT(damaged_by("DELETE FROM \"PEER-INFO\" WHERE id = 1"), HasSubstr("PEER-INFO lacks"));
  EXPECT_THAT(damaged_by("UPDATE META SET next_peer_id = 2"), HasSubstr("not given yet"));
  EXPECT_THAT(damaged_by("UPDATE COMPLETED SET count = 0"), HasSubstr("COMPLETED"));
  EXPECT_THAT(damaged_by("UPDATE COMPLETED SET family = 6"), HasSubstr("has no peers"));
  EXPECT_THAT(damaged_by("UPDATE COMPLETED SET family = 5"), HasSubstr("has no peers"));
  EXPECT_THAT(damaged_by("UPDATE META SET current_secret = x'00'"), HasSubstr("secret"));
}

TEST(SqliteTrackerDb, GarbledPagesAreNeverTakenForData) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  TrackerImage before;
  {
    SqliteTrackerDb db(path);
    for (std::uint64_t i = 1; i <= 20; ++i) {
      TrackerWrite w;
      w.append = {block(i, 1, 1000)};
      write(db, w);
    }
    before = db.load();
  }
  const auto size = std::filesystem::file_size(path);
  ASSERT_EQ(size % 4096, 0u);
  for (std::uintmax_t page = 0; page < size / 4096; ++page) {
    const std::string copy = directory / "copy.db";
    std::filesystem::copy_file(path, copy, std::filesystem::copy_options::overwrite_existing);
    std::fstream file(copy, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(page * 4096));
    file << std::string(200, '\x5a');
    file.close();
    try {
      EXPECT_TRUE(SqliteTrackerDb(copy).load() == before) << "page " << page;
    } catch (const DbError& error) {
      EXPECT_THAT(error.what(), HasSubstr(copy));
    }
  }
}

// What one flipped bit of the file does: nothing that is loaded differs, or it is refused.
TEST(SqliteTrackerDb, AFlippedBitIsNeverTakenForData) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db", copy = directory / "copy.db";
  TrackerImage before;
  {
    SqliteTrackerDb db(path);
    write(db, {first_config(), sample_write_after_it()});
    for (std::uint8_t n = 3; n < 90; ++n) {
      TrackerWrite w = step(n,
                            {PutPeer{{{n}, address(n)}}, PutContent{{hash_of(n), {n}, seeder}},
                             PutCompleted{{hash_of(n), false, n}}},
                            n + 1);
      w.append = {block(n, 1, 10 * std::size_t{n})};
      write(db, w);
    }
    before = db.load();
    TrackerWrite digest = step(90, {}, 90);
    digest.digest = digest_of(before.tables);
    write(db, digest);
    before = db.load();
  }
  std::string bytes;
  {
    std::ifstream file(path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  Random random(3);
  int noticed = 0, harmless = 0;
  const char* const flips = std::getenv("SWARM_FLIPS");
  for (int n = flips ? std::atoi(flips) : 500; n > 0; --n) {
    std::string flipped = bytes;
    const auto at = random.below(8 * bytes.size());
    flipped[at / 8] = static_cast<char>(flipped[at / 8] ^ (1 << (at % 8)));
    std::ofstream(copy, std::ios::binary) << flipped;
    try {
      ASSERT_TRUE(SqliteTrackerDb(copy).load() == before) << "bit " << at;
      ++harmless;
    } catch (const DbError&) {
      ++noticed;
    }
    for (const char* end : {"-wal", "-journal", "-shm"}) std::filesystem::remove(copy + end);
  }
  RecordProperty("noticed", noticed);
  RecordProperty("harmless", harmless);
  EXPECT_GT(noticed, harmless / 10) << "of so small a file most of it is data";
}

TEST(SqliteTrackerDb, TheEndOfTheLogIsMissedInTheFileItself) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  {
    SqliteTrackerDb db(path);
    write(db, {step(1, {}, 1), step(2, {}, 1)});
    TrackerWrite more;
    more.append = {block(3, 1), block(4, 1)};
    write(db, more);
    db.mark({5}, 6);
  }
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec("DELETE FROM LOG WHERE idx = 4");
  EXPECT_THAT(error_of([&] { SqliteTrackerDb(path).load(); }),
              HasSubstr("the log ends before block 4, which was there"));
}

TEST(SqliteTrackerDb, TheFirstDifferenceIsNamed) {
  SqliteTrackerDb a(":memory:"), b(":memory:");
  EXPECT_EQ(first_difference(a, b), "");
  EXPECT_EQ(a.rows_digest(), b.rows_digest());

  write(a, sample_write());
  EXPECT_EQ(first_difference(a, b),
            "PEER-INFO, row 1: (1, 10.0.0.1, 6001) in one, (none) in the other");
  EXPECT_NE(a.rows_digest(), b.rows_digest());

  TrackerWrite one_by_one = sample_write();
  std::swap(one_by_one.rows[0], one_by_one.rows[2]);
  std::swap(one_by_one.rows[1], one_by_one.rows[4]);
  write(b, one_by_one);
  EXPECT_EQ(first_difference(a, b), "") << "the order of making does not matter";
  EXPECT_EQ(a.rows_digest(), b.rows_digest());

  write(b, step(2, {PutContent{{hash_of(7), {2}, seeder}}}, 3));
  EXPECT_THAT(first_difference(a, b), HasSubstr("SEEDERS, row 3: (none) in one, (0707"));
  EXPECT_NE(a.rows_digest(), b.rows_digest()) << "the state counts";
  write(b, step(3, {PutContent{{hash_of(7), {2}, leecher}}}, 3));
  EXPECT_EQ(first_difference(a, b), "");

  write(b, step(4, {PutContent{{hash_of(5), {2}, leecher}}}, 3));
  EXPECT_THAT(first_difference(a, b), HasSubstr("CONTENTS, row 2: (0707"));
  write(b, step(5, {DropContent{hash_of(5), {2}}, PutCompleted{{hash_of(7), false, 4}}}, 3));
  EXPECT_THAT(first_difference(a, b), HasSubstr("COMPLETED, row 1: (0707"));
  EXPECT_NE(a.rows_digest(), b.rows_digest());
}

// A model that is plain to see: what the log did to the tables, one change at a time.
class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed) {}

  TrackerWrite random_write() {
    TrackerWrite w;
    if (random_.below(40) == 0) install_one(w);
    if (random_.below(8) == 0) truncate(w);
    for (auto n = random_.below(4); n > 0; --n) append(w);
    if (random_.below(3) != 0) apply(w);
    if (random_.below(10) == 0) drop_before(w);
    return w;
  }
  TrackerImage image() const {
    TrackerImage image = image_;
    for (const auto& [id, endpoint] : peers_) image.tables.peers.push_back({id, endpoint});
    for (const auto& [key, state] : contents_)
      image.tables.contents.push_back({key.first, key.second, state});
    for (const auto& [swarm, count] : completed_)
      image.tables.completed.push_back({swarm.first, swarm.second, count});
    return image;
  }

 private:
  LogIndex end() const { return image_.log_begin + image_.log.size(); }

  void install_one(TrackerWrite& w) {
    Snapshot snapshot = image().tables;
    auto& applied = snapshot.applied;
    applied.index = end() + random_.below(20);
    applied.term = {++term_};
    applied.next_peer = applied.next_peer + 5;
    snapshot.config_index = applied.index;
    snapshot.config = config_of(static_cast<std::uint32_t>(1 + random_.below(5)));
    const PeerRowId extra = applied.next_peer - 1;
    snapshot.peers.push_back({extra, {static_cast<std::uint32_t>(extra.value), 1}});
    install(w, snapshot);

    image_.tables.applied = applied;
    image_.tables.config_index = snapshot.config_index;
    image_.tables.config = snapshot.config;
    image_.log_begin = applied.index + 1;
    image_.previous_term = applied.term;
    image_.log.clear();
    peers_[extra] = snapshot.peers.back().address;
  }
  void truncate(TrackerWrite& w) {
    const LogIndex lowest = image_.tables.applied.index + 1;
    w.truncate_from = lowest + random_.below(end() - lowest + 1);
    image_.log.resize(*w.truncate_from - image_.log_begin);
    ++term_;
  }
  void append(TrackerWrite& w) {
    image_.log.push_back(block(end().value, term_, random_.below(1025)));
    w.append.push_back(image_.log.back());
  }
  void apply(TrackerWrite& w) {
    Applied& applied = image_.tables.applied;
    const std::uint64_t ahead = end() - applied.index - 1;
    if (ahead == 0) return;
    applied.index = applied.index + 1 + random_.below(ahead);
    applied.term = image_.log[applied.index - image_.log_begin]->term;
    applied.stamp.us += random_.below(1000);
    for (auto n = random_.below(20); n > 0; --n) change(w.rows);
    w.applied = applied;
    w.digest.reset();  // of a snapshot that is installed before
  }
  void drop_before(TrackerWrite& w) {
    const std::uint64_t droppable = image_.tables.applied.index + 1 - image_.log_begin;
    if (droppable == 0) return;
    const std::uint64_t n = 1 + random_.below(droppable);
    const Term previous = image_.log[n - 1]->term;
    const LogIndex index = image_.log_begin + n;
    w.drop_before = {index, previous, index - 1,
                     config_of(static_cast<std::uint32_t>(random_.below(6)))};
    image_.log.erase(image_.log.begin(), image_.log.begin() + static_cast<std::ptrdiff_t>(n));
    image_.log_begin = index;
    image_.previous_term = previous;
    image_.tables.config_index = w.drop_before->config_index;
    image_.tables.config = w.drop_before->config;
  }

  // What a registration or a removal does to the rows.
  void change(std::vector<RowChange>& rows) {
    const InfoHash hash = hash_of(static_cast<std::uint8_t>(random_.below(6)));
    const auto n = static_cast<std::uint8_t>(random_.below(12));
    const bool v6 = n % 3 == 0;
    const Endpoint endpoint = v6 ? address6(n) : address(n);
    const auto known = std::find_if(peers_.begin(), peers_.end(),
                                    [&](const auto& p) { return p.second == endpoint; });
    if (random_.below(5) < 3) {
      PeerRowId id = image_.tables.applied.next_peer;
      if (known == peers_.end()) {
        ++image_.tables.applied.next_peer;
        peers_[id] = endpoint;
        rows.push_back(PutPeer{{id, endpoint}});
      } else {
        id = known->first;
      }
      const auto state = static_cast<PeerState>(random_.below(2));
      contents_[{hash, id}] = state;
      rows.push_back(PutContent{{hash, id, state}});
      if (random_.below(4) == 0) rows.push_back(PutCompleted{{hash, v6, ++completed_[{hash, v6}]}});
    } else if (known != peers_.end()) {
      remove(hash, known->first, rows);
    }
  }
  void remove(const InfoHash& hash, PeerRowId id, std::vector<RowChange>& rows) {
    contents_.erase({hash, id});
    rows.push_back(DropContent{hash, id});
    const bool v6 = !peers_.at(id).ip.is_v4();
    if (!has_peers(hash, v6) && completed_.erase({hash, v6}) == 1)
      rows.push_back(PutCompleted{{hash, v6, 0}});
    for (const auto& [key, state] : contents_)
      if (key.second == id) return;
    peers_.erase(id);
    rows.push_back(DropPeer{id});
  }
  bool has_peers(const InfoHash& hash, bool v6) const {
    return std::any_of(contents_.begin(), contents_.end(), [&](const auto& row) {
      return row.first.first == hash && peers_.at(row.first.second).ip.is_v4() != v6;
    });
  }

  Random random_;
  std::uint64_t term_ = 1;
  TrackerImage image_;  // without its rows
  std::map<PeerRowId, Endpoint> peers_;
  std::map<std::pair<InfoHash, PeerRowId>, PeerState> contents_;
  std::map<std::pair<InfoHash, bool>, std::uint32_t> completed_;  // of IPv6 peers: true
};

TEST(SqliteTrackerDb, AgreesWithAModelOverRandomGroups) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Model model(seed);
    Random random(1000 + seed);
    SqliteTrackerDb grouped(":memory:"), single(":memory:");
    for (int round = 0; round < 60; ++round) {
      std::vector<TrackerWrite> group;
      for (auto n = random.below(6); n > 0; --n) group.push_back(model.random_write());
      write(grouped, group);
      for (const auto& one : group) write(single, one);
      ASSERT_TRUE(grouped.load() == model.image()) << "seed " << seed << " round " << round;
      ASSERT_TRUE(single.load() == model.image()) << "seed " << seed << " round " << round;
      ASSERT_EQ(first_difference(grouped, single), "");
      ASSERT_EQ(grouped.rows_digest(), single.rows_digest());
    }
  }
}

TEST(SqliteTrackerDb, AgreesWithAModelOverReopenings) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  Model model(7);
  auto db = std::make_unique<SqliteTrackerDb>(path);
  for (int round = 0; round < 60; ++round) {
    write(*db, model.random_write());
    if (round % 7 == 0) db->checkpoint();
    if (round % 5 == 0) {
      db.reset();
      db = std::make_unique<SqliteTrackerDb>(path);
    }
    ASSERT_TRUE(db->load() == model.image()) << "round " << round;
  }
}

}  // namespace
}  // namespace swarm::db
