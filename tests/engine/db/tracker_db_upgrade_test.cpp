// The database of a tracker: files of its first version.
#include "engine/db/sqlite_tracker_db.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/node/row_digest.hpp"
#include "tests/engine/db/db_error.hpp"
#include "tests/engine/db/temporary_directory.hpp"
#include "tests/engine/db/tracker_writes.hpp"

namespace swarm::db::writes {
namespace {

using testing::HasSubstr;

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

}  // namespace
}  // namespace swarm::db::writes
