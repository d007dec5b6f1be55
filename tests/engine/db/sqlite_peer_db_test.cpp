#include "engine/db/sqlite_peer_db.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "engine/db/sqlite_file.hpp"
#include "engine/db/sqlite_tracker_db.hpp"
#include "tests/engine/db/db_error.hpp"
#include "tests/engine/db/temporary_directory.hpp"

namespace swarm::db {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

InfoHash hash(std::uint8_t n) {
  InfoHash hash;
  hash.bytes.fill(n);
  return hash;
}

ContentRecord record(std::uint8_t n, bool clean = true) {
  return {.sha1 = hash(n),
          .name = "content",
          .directory = "/a folder",
          .size = std::uint64_t{5} << 40,
          .chunk_size = 262144,
          .clean = clean,
          .fetched = true,
          .file_system = ~std::uint64_t{7},
          .marks = {{"content/b", std::uint64_t{5} << 40, -7, 12, -9, true},
                    {"content/a", 0, 1'700'000'000'000, ~std::uint64_t{0}, 3, false}},
          .info = {'d', 0, 'e'}};
}

PeerWrite put(ContentRecord record) {
  PeerWrite write;
  write.put.push_back(std::move(record));
  return write;
}
PeerWrite have(std::uint8_t n, std::vector<std::uint64_t> offsets) {
  PeerWrite write;
  for (const auto offset : offsets) write.have.push_back({hash(n), offset});
  return write;
}

TEST(SqlitePeerDb, ChunkIsTheTableOfTheSeed) {
  const TemporaryDirectory directory;
  SqlitePeerDb db(directory / "peer.db");
  db.write(have(0x11, {0}));  // an all-digit hash stays a text
  SQLite::Database plain(directory / "peer.db");
  SQLite::Statement columns(plain, "SELECT name, type FROM pragma_table_info('CHUNK')");
  std::vector<std::string> found;
  while (columns.executeStep())
    found.push_back(columns.getColumn(0).getString() + " " + columns.getColumn(1).getString());
  EXPECT_THAT(found, ElementsAre("sha1 VARCHAR(40)", "offset INTEGER"));
  EXPECT_EQ(plain.execAndGet("SELECT sha1 || ' ' || typeof(sha1) FROM CHUNK").getString(),
            "1111111111111111111111111111111111111111 text");
}

TEST(SqlitePeerDb, KeepsWhichChunksAreHad) {
  SqlitePeerDb db(":memory:");
  EXPECT_THAT(db.chunks(hash(1)), IsEmpty());
  db.write(have(1, {524288, 0, 1'099'511'627'776}));
  db.write(have(1, {262144, 0}));  // once more is no difference
  db.write(have(2, {262144}));
  EXPECT_THAT(db.chunks(hash(1)), ElementsAre(0u, 262144u, 524288u, 1'099'511'627'776u));
  EXPECT_EQ(db.count(hash(1)), 4u);
  PeerWrite both = have(1, {786432});
  both.lost = {{hash(1), 0}, {hash(1), 999}, {hash(2), 0}};
  db.write(both);
  EXPECT_THAT(db.chunks(hash(1)), ElementsAre(262144u, 524288u, 786432u, 1'099'511'627'776u));
  EXPECT_EQ(db.count(hash(2)), 1u);
}

TEST(SqlitePeerDb, ARecordComesBackWhole) {
  const TemporaryDirectory directory;
  {
    SqlitePeerDb db(directory / "peer.db");
    EXPECT_EQ(db.content(hash(1)), std::nullopt);
    db.write(put(record(1)));
  }
  SqlitePeerDb db(directory / "peer.db");
  EXPECT_EQ(db.content(hash(1)), record(1));
}

TEST(SqlitePeerDb, ARecordIsReplacedWithItsMarks) {
  SqlitePeerDb db(":memory:");
  db.write(put(record(1)));
  ContentRecord next = record(1, false);
  next.directory = "/another";
  next.marks.clear();
  db.write(put(next));
  EXPECT_EQ(db.content(hash(1)), next);
  next.marks = {{"content/a", 3, 4, 5, 6, true}};
  db.write(put(next));
  EXPECT_EQ(db.content(hash(1)), next);
}

TEST(SqlitePeerDb, WithoutAnInfoTheOneBeforeIsKept) {
  SqlitePeerDb db(":memory:");
  db.write(put(record(1)));
  ContentRecord next = record(1);
  next.info.clear();
  db.write(put(next));
  EXPECT_EQ(db.content(hash(1)), record(1));
}

TEST(SqlitePeerDb, ContentsAreListedByName) {
  SqlitePeerDb db(":memory:");
  for (const auto& [n, name] : {std::pair{5, "b"}, {4, "c"}, {3, "b"}, {2, "d"}}) {
    ContentRecord one = record(static_cast<std::uint8_t>(n));
    one.name = name;
    db.write(put(one));
  }
  std::vector<ContentRecord> contents = db.contents();
  ASSERT_EQ(contents.size(), 4u);
  EXPECT_EQ(contents[0].sha1, hash(3));
  EXPECT_EQ(contents[1].sha1, hash(5));
  EXPECT_EQ(contents[2].name, "c");
  EXPECT_THAT(contents[3].marks, IsEmpty());
  EXPECT_THAT(contents[3].info, IsEmpty());
}

TEST(SqlitePeerDb, WhatIsForgottenIsGone) {
  SqlitePeerDb db(":memory:");
  db.write(put(record(1)));
  db.write(put(record(2)));
  db.write(have(1, {0, 262144}));
  db.write(have(2, {0}));
  PeerWrite forget;
  forget.forget = {hash(1)};
  db.write(forget);
  EXPECT_EQ(db.content(hash(1)), std::nullopt);
  EXPECT_EQ(db.count(hash(1)), 0u);
  EXPECT_EQ(db.content(hash(2)), record(2));
  EXPECT_EQ(db.count(hash(2)), 1u);
}

// As version 1 of the format left it. Of what is complete the files may be the user's own.
TEST(SqlitePeerDb, AnOlderOneIsTaken) {
  const TemporaryDirectory directory;
  {
    SQLite::Database old(directory / "peer.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec(R"sql(
CREATE TABLE CHUNK(
  sha1 VARCHAR(40) NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY(sha1, offset)) WITHOUT ROWID;
CREATE TABLE CONTENT(
  sha1 VARCHAR(40) PRIMARY KEY, name TEXT NOT NULL, directory TEXT NOT NULL,
  size INTEGER NOT NULL, chunk_size INTEGER NOT NULL, clean INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE INFO(sha1 VARCHAR(40) PRIMARY KEY, info BLOB NOT NULL);
CREATE TABLE FILE_MARK(
  sha1 VARCHAR(40) NOT NULL, position INTEGER NOT NULL, path TEXT NOT NULL,
  size INTEGER NOT NULL, changed_ns INTEGER NOT NULL,
  PRIMARY KEY(sha1, position)) WITHOUT ROWID;
PRAGMA application_id = 1414747984; PRAGMA user_version = 1)sql");
    for (const auto n : {std::uint8_t{1}, std::uint8_t{2}}) {
      const std::string sha1 = sha1_text(hash(n));
      old.exec("INSERT INTO CONTENT VALUES('" + sha1 + "', 'film', '/home', 1500, 1000, 1)");
      old.exec("INSERT INTO FILE_MARK VALUES('" + sha1 + "', 1, 'film', 1500, 99)");
      old.exec("INSERT INTO CHUNK VALUES('" + sha1 + "', 0)");
      if (n == 2) old.exec("INSERT INTO CHUNK VALUES('" + sha1 + "', 1000)");
    }
  }
  SqlitePeerDb db(directory / "peer.db");
  EXPECT_TRUE(db.content(hash(1))->fetched);
  EXPECT_FALSE(db.content(hash(2))->fetched);
  EXPECT_EQ(db.content(hash(1))->file_system, 0u);
  EXPECT_EQ(db.content(hash(1))->marks, (std::vector<FileMark>{{"film", 1500, 99, 0, 0, true}}));
  EXPECT_FALSE(db.content(hash(2))->marks.at(0).made);
  EXPECT_EQ(db.count(hash(2)), 2u);
  db.write(put(record(3)));
  EXPECT_EQ(db.content(hash(3)), record(3));
}

// Version 2 knew of each content alone whether its files were made for it.
TEST(SqlitePeerDb, TheOneOfVersion2IsTaken) {
  const TemporaryDirectory directory;
  ContentRecord own = record(2);
  own.fetched = false;
  {
    SqlitePeerDb db(directory / "peer.db");
    db.write(put(record(1)));
    db.write(put(own));
  }
  SQLite::Database(directory / "peer.db", SQLite::OPEN_READWRITE)
      .exec(
          "ALTER TABLE FILE_MARK DROP COLUMN born_ns; ALTER TABLE FILE_MARK DROP COLUMN made;"
          "DROP TABLE COPY; DROP TABLE COPY_MARK; PRAGMA user_version = 2");
  SqlitePeerDb db(directory / "peer.db");
  for (const auto n : {std::uint8_t{1}, std::uint8_t{2}}) {
    ContentRecord known = n == 1 ? record(1) : own;
    for (auto& mark : known.marks) mark.born_ns = 0, mark.made = n == 1;
    EXPECT_EQ(db.content(hash(n)), known);
  }
}

TEST(SqlitePeerDb, OthersReadWhileOneWrites) {
  const TemporaryDirectory directory;
  SqlitePeerDb writer(directory / "peer.db"), reader(directory / "peer.db");
  writer.write(have(1, {0}));
  SQLite::Database third(directory / "peer.db", SQLite::OPEN_READWRITE);
  third.exec("BEGIN IMMEDIATE; DELETE FROM CHUNK");
  EXPECT_EQ(reader.count(hash(1)), 1u);  // as it was when the write began
  third.exec("ROLLBACK");
  writer.write(have(1, {262144}));
  EXPECT_EQ(reader.count(hash(1)), 2u);
}

TEST(SqlitePeerDb, AWriteWaitsForThatOfAnother) {
  const TemporaryDirectory directory;
  SqlitePeerDb db(directory / "peer.db");
  SQLite::Database other(directory / "peer.db", SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE; INSERT INTO CHUNK VALUES('x', 1)");
  std::thread waits([&] { db.write(have(1, {0})); });
  other.exec("COMMIT");
  waits.join();
  EXPECT_EQ(db.count(hash(1)), 1u);
}

// Each process opens the file, makes it when it is the first, and writes its rows.
TEST(SqlitePeerDb, ManyProcessesMakeAndUseIt) {
  constexpr std::uint8_t processes = 6;
  for (int round = 0; round < 5; ++round) {
    const TemporaryDirectory directory;
    std::vector<pid_t> children;
    for (std::uint8_t n = 1; n <= processes; ++n) {
      const pid_t child = ::fork();
      if (child != 0) {
        children.push_back(child);
        continue;
      }
      const std::string error = error_of([&] {
        SqlitePeerDb db(directory / "peer.db");
        for (std::uint64_t i = 0; i < 20; ++i) db.write(have(n, {i * 262144}));
      });
      if (error != "no error") fputs((error + "\n").c_str(), stderr);
      ::_exit(error == "no error" ? 0 : 1);
    }
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    SqlitePeerDb db(directory / "peer.db");
    for (std::uint8_t n = 1; n <= processes; ++n) EXPECT_EQ(db.count(hash(n)), 20u);
  }
}

TEST(SqlitePeerDb, GoesOnAfterAFailedWrite) {
  const TemporaryDirectory directory;
  SqlitePeerDb db(directory / "peer.db");
  db.write(have(1, {0}));
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small{64 << 10, limit.rlim_max};
  const auto before = ::signal(SIGXFSZ, SIG_IGN);
  std::vector<std::uint64_t> many;
  for (std::uint64_t i = 0; i < 10'000; ++i) many.push_back(i * 262144);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string error = error_of([&] { db.write(have(1, many)); });
  ::setrlimit(RLIMIT_FSIZE, &limit);
  ::signal(SIGXFSZ, before);
  EXPECT_THAT(error, HasSubstr("cannot write " + (directory / "peer.db")));
  EXPECT_EQ(db.count(hash(1)), 1u);
  db.write(have(1, many));
  EXPECT_EQ(db.count(hash(1)), 10'000u);
}

TEST(SqlitePeerDb, ForeignFilesAreLeftAsTheyAre) {
  const TemporaryDirectory directory;
  { SqliteTrackerDb tracker(directory / "tracker.db"); }
  EXPECT_THAT(error_of([&] { SqlitePeerDb db(directory / "tracker.db"); }),
              HasSubstr("it is not a peer database"));
  { SqlitePeerDb peer(directory / "peer.db"); }
  EXPECT_THAT(error_of([&] { SqliteTrackerDb db(directory / "peer.db"); }),
              HasSubstr("it is not a tracker database"));
  EXPECT_EQ(error_of([&] { SqliteTrackerDb db(directory / "tracker.db"); }), "no error");
  EXPECT_THAT(error_of([&] { SqlitePeerDb db(directory / "no/peer.db"); }),
              HasSubstr("cannot open"));
}

TEST(SqlitePeerDb, ATrackersDatabaseStaysExclusive) {
  const TemporaryDirectory directory;
  SqliteTrackerDb tracker(directory / "tracker.db");
  EXPECT_THAT(error_of([&] { SqliteTrackerDb second(directory / "tracker.db"); }),
              HasSubstr("another process is using it"));
}

TEST(SqlitePeerDb, WhatMakesNoSenseIsCorrupt) {
  const TemporaryDirectory directory;
  SqlitePeerDb db(directory / "peer.db");
  db.write(put(record(1)));
  SQLite::Database plain(directory / "peer.db", SQLite::OPEN_READWRITE);
  const std::string other(40, '2');
  plain.exec("INSERT INTO CHUNK VALUES('" + other + "', -1)");
  EXPECT_THAT(error_of([&] { db.chunks(hash(0x22)); }), HasSubstr("is corrupt"));
  plain.exec("UPDATE CONTENT SET chunk_size = 0");
  EXPECT_THAT(error_of([&] { db.content(hash(1)); }), HasSubstr("is corrupt"));
  plain.exec("UPDATE CONTENT SET chunk_size = 1");
  EXPECT_EQ(db.content(hash(1))->chunk_size, 1u);  // and what can be read is read
}

}  // namespace
}  // namespace swarm::db
