// What lies beside the tables until a snapshot is in force: bounded, and never half in force.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "engine/base/assert.hpp"
#include "engine/db/sqlite_tracker_db.hpp"
#include "engine/node/row_digest.hpp"
#include "tests/engine/db/db_error.hpp"
#include "tests/engine/db/temporary_directory.hpp"

namespace swarm::db {
namespace {

using testing::HasSubstr;

InfoHash numbered(std::uint32_t n) {
  InfoHash hash;
  for (std::size_t i = 0; i < 4; ++i) hash.bytes[i] = static_cast<std::uint8_t>(n >> (24 - 8 * i));
  return hash;
}

Snapshot tables_of(std::uint32_t rows, std::uint64_t index) {
  Snapshot s;
  s.applied = {{index}, {2}, {1000 * index}, {rows + 1}};
  s.config_index = {1};
  s.config.members = {{{1}, {7}, Standing::voter, true, {0xc0a80001u, 7000}}};
  s.config.next_id = {2};
  for (std::uint32_t n = 1; n <= rows; ++n) {
    s.peers.push_back({{n}, {0x0a000000u + n, static_cast<std::uint16_t>(index)}});
    s.contents.push_back(
        {numbered(n / 2), {n}, n % 3 == 0 ? PeerState::seeder : PeerState::leecher});
    if (n % 4 == 0) s.completed.push_back({numbered(n / 2), false, n});
  }
  return s;
}

std::vector<RowChange> rows_of(const Snapshot& s) {
  std::vector<RowChange> rows;
  for (const auto& row : s.peers) rows.push_back(PutPeer{row});
  for (const auto& row : s.contents) rows.push_back(PutContent{row});
  for (const auto& row : s.completed) rows.push_back(PutCompleted{row});
  return rows;
}

void write(TrackerDb& db, const TrackerWrite& one) {
  const TrackerWrite* group[] = {&one};
  db.write(group);
}
void stage(TrackerDb& db, std::vector<RowChange> rows) {
  TrackerWrite w;
  w.staging.rows = std::move(rows);
  write(db, w);
}
TrackerWrite switch_to(const Snapshot& s) {
  TrackerWrite w;
  w.install = s;
  w.digest = digest_of(s);
  return w;
}
TrackerWrite clear(std::size_t most) {
  TrackerWrite w;
  w.staging.clear = most;
  return w;
}
TrackerWrite chunks(std::vector<std::uint32_t> numbers, std::uint8_t byte,
                    std::optional<PulledSnapshot> pull = {}) {
  TrackerWrite w;
  w.staging.pull = pull;
  for (const auto n : numbers)
    w.staging.chunks.push_back({n, std::vector<std::uint8_t>(1024, byte)});
  return w;
}
TrackerWrite block_of(std::uint64_t index) {
  TrackerWrite w;
  w.append = {std::make_shared<const Block>(Block{{index}, {1}, {index}, {4}})};
  return w;
}

bool is(const TrackerImage& image, const Snapshot& s) {
  return image.tables.applied == s.applied && image.tables.peers == s.peers &&
         image.tables.contents == s.contents && image.tables.completed == s.completed;
}

// A database with tables in force, and a log.
void fill(SqliteTrackerDb& db, std::uint32_t rows = 40) {
  const auto s = tables_of(rows, 5);
  stage(db, rows_of(s));
  write(db, switch_to(s));
  for (std::uint64_t n = 6; n <= 9; ++n) write(db, block_of(n));
}

TEST(StagedTables, AreNotInForceUntilTheyAreInstalled) {
  SqliteTrackerDb db(":memory:");
  fill(db);
  const auto next = tables_of(60, 50);
  const auto rows = rows_of(next);
  for (std::size_t n = 0; n < rows.size(); n += 7) {
    const auto end = std::min(rows.size(), n + 7);
    stage(db, {rows.begin() + static_cast<std::ptrdiff_t>(n),
               rows.begin() + static_cast<std::ptrdiff_t>(end)});
    ASSERT_TRUE(is(db.load(), tables_of(40, 5)));
    ASSERT_EQ(db.load().log.size(), 4u);
  }
  write(db, switch_to(next));
  EXPECT_TRUE(is(db.load(), next));
  EXPECT_EQ(db.load().log_begin, LogIndex{51});
  EXPECT_TRUE(db.load().log.empty());
}

TEST(StagedTables, TheTablesKeepTheirFormThroughThreeExchanges) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  const auto schema = [&] {
    SQLite::Database raw(path);
    SQLite::Statement tables(raw,
                             "SELECT t.name, c.name, c.type, c.\"notnull\", c.pk, f.\"table\" FROM "
                             "sqlite_schema t, pragma_table_info(t.name) c LEFT JOIN "
                             "pragma_foreign_key_list(t.name) f ON f.\"from\" = c.name "
                             "WHERE t.type = 'table' ORDER BY t.name, c.cid");
    std::string text;
    while (tables.executeStep())
      for (int i = 0; i < 6; ++i) text += tables.getColumn(i).getString() + " ";
    return text;
  };
  { SqliteTrackerDb db(path); }
  const auto before = schema();
  {
    SqliteTrackerDb db(path);
    for (std::uint64_t n = 1; n <= 3; ++n) {
      write(db, clear(1000));
      stage(db, rows_of(tables_of(10, 10 * n)));
      write(db, switch_to(tables_of(10, 10 * n)));
    }
  }
  EXPECT_EQ(schema(), before);
}

TEST(StagedTables, WhatIsLeftOverGoesInBoundedParts) {
  SqliteTrackerDb db(":memory:");
  fill(db, 40);
  stage(db, rows_of(tables_of(3, 50)));
  write(db, switch_to(tables_of(3, 50)));
  auto left = db.load().left_over;
  EXPECT_EQ(left, 40u + 40 + 10 + 4);  // peers, contents, completed, log
  while (left > 0) {
    write(db, clear(7));
    EXPECT_EQ(db.load().left_over, left > 7 ? left - 7 : 0);
    left = db.load().left_over;
    ASSERT_TRUE(is(db.load(), tables_of(3, 50)));
  }
  stage(db, rows_of(tables_of(5, 60)));
  write(db, switch_to(tables_of(5, 60)));
  EXPECT_TRUE(is(db.load(), tables_of(5, 60)));
}

TEST(StagedTables, NothingIsStagedBesideWhatIsLeftOver) {
  SqliteTrackerDb db(":memory:");
  fill(db);
  stage(db, rows_of(tables_of(3, 50)));
  write(db, switch_to(tables_of(3, 50)));
  EXPECT_THROW(stage(db, rows_of(tables_of(5, 60))), AssertionFailed);
  EXPECT_TRUE(is(db.load(), tables_of(3, 50)));
}

TEST(StagedTables, WhatAPullLeavesMayGoInTheWriteThatEndsIt) {
  SqliteTrackerDb db(":memory:");
  write(db, chunks({0, 1, 2}, 1, PulledSnapshot{7, {50}, {2}, 5000, 9}));
  auto end = clear(3);
  end.staging.pull = PulledSnapshot{};
  write(db, end);
  EXPECT_TRUE(db.load().chunks.empty());
  EXPECT_EQ(db.load().left_over, 0u);
}

TEST(StagedTables, ChunksAreThoseOfThePresentPull) {
  SqliteTrackerDb db(":memory:");
  const PulledSnapshot first{~std::uint64_t{0}, {50}, {2}, 5000, ~std::uint64_t{0} - 1};
  const PulledSnapshot second{8, {60}, {3}, 9000, 9};
  write(db, chunks({0, 3}, 1, first));
  write(db, chunks({1, 3}, 2));
  auto image = db.load();
  EXPECT_EQ(image.pull, first);
  ASSERT_EQ(image.chunks.size(), 3u);
  EXPECT_EQ(image.chunks[2].number, 3u);
  EXPECT_EQ(image.chunks[2].bytes, std::vector<std::uint8_t>(1024, 2)) << "the last one counts";
  EXPECT_EQ(image.left_over, 0u);

  write(db, chunks({3, 0xffffffff}, 3, second));
  image = db.load();
  EXPECT_EQ(image.pull, second);
  ASSERT_EQ(image.chunks.size(), 2u);
  EXPECT_EQ(image.chunks[1].number, 0xffffffffu);
  EXPECT_EQ(image.left_over, 3u);
  write(db, clear(2));
  write(db, clear(2));
  image = db.load();
  EXPECT_EQ(image.chunks.size(), 2u);
  EXPECT_EQ(image.left_over, 0u);

  stage(db, rows_of(tables_of(3, 60)));
  write(db, switch_to(tables_of(3, 60)));
  image = db.load();
  EXPECT_EQ(image.pull, PulledSnapshot{}) << "it is over";
  EXPECT_TRUE(image.chunks.empty());
  EXPECT_EQ(image.left_over, 2u);
}

// ---- Crashes: the files as they are at one moment, opened again

class CopiedFiles {
 public:
  explicit CopiedFiles(const TemporaryDirectory& directory)
      : path(directory / "tracker.db"), copy_(directory / "copy.db") {}

  // With the first `wal` bytes of the write-ahead log.
  TrackerImage reopened(std::uintmax_t wal) const {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(copy_ + end);
    std::filesystem::copy_file(path, copy_);
    std::filesystem::copy_file(path + "-wal", copy_ + "-wal");
    std::filesystem::resize_file(copy_ + "-wal", wal);
    return SqliteTrackerDb(copy_).load();
  }
  std::uintmax_t wal() const { return std::filesystem::file_size(path + "-wal"); }

  const std::string path;

 private:
  std::string copy_;
};

TEST(StagedTables, ACrashAtAnyPointLeavesTheOldTablesOrTheNew) {
  TemporaryDirectory directory;
  const CopiedFiles files(directory);
  SqliteTrackerDb db(files.path);
  fill(db);
  write(db, clear(1000));
  db.checkpoint();
  const auto before = tables_of(40, 5), after = tables_of(300, 50);
  const PulledSnapshot pull{4, {50}, {2}, 5000, 7};

  std::vector<TrackerWrite> writes{chunks({0, 1}, 1, pull), chunks({2, 3, 4}, 1)};
  const auto rows = rows_of(after);
  for (std::size_t n = 0; n < rows.size(); n += 100) {
    TrackerWrite w;
    const auto end = std::min(rows.size(), n + 100);
    w.staging.rows = {rows.begin() + static_cast<std::ptrdiff_t>(n),
                      rows.begin() + static_cast<std::ptrdiff_t>(end)};
    writes.push_back(w);
  }
  const auto switches = writes.size();
  writes.push_back(switch_to(after));
  for (int n = 0; n < 3; ++n) writes.push_back(clear(30));

  std::uintmax_t begin = 32;  // of the write-ahead log's first frame
  constexpr std::uintmax_t frame = 4096 + 24;
  int torn = 0;
  for (std::size_t n = 0; n < writes.size(); ++n) {
    write(db, writes[n]);
    const auto end = files.wal();
    for (auto cut = begin; cut <= end; cut += frame, ++torn) {
      // Between two pages that were written, and in the middle of one.
      for (const auto size : {cut, std::min(cut + frame / 2, end)}) {
        const auto image = files.reopened(size);
        const bool done = n > switches || (n == switches && size == end);
        ASSERT_TRUE(is(image, done ? after : before)) << "write " << n << ", " << size;
        ASSERT_EQ(image.log.size(), done ? 0u : 4u);
        ASSERT_EQ(image.pull, done || (n == 0 && size < end) ? PulledSnapshot{} : pull);
        const bool staged = n > 2 || (n == 2 && size == end);
        ASSERT_EQ(image.left_over > 0, staged) << "what is there is found again";
      }
    }
    begin = end;
  }
  EXPECT_GT(torn, 50);
}

TEST(StagedTables, TheSwitchTakesTheSameHoweverManyRowsThereAre) {
  std::set<std::size_t> pages;
  for (const std::uint32_t rows : {100u, 30'000u}) {
    TemporaryDirectory directory;
    SqliteTrackerDb db(directory / "tracker.db");
    fill(db, rows);
    write(db, clear(1'000'000));
    stage(db, rows_of(tables_of(rows, 50)));
    db.checkpoint();
    write(db, switch_to(tables_of(rows, 50)));
    pages.insert(db.wal_pages());
    EXPECT_TRUE(is(db.load(), tables_of(rows, 50)));
  }
  EXPECT_EQ(pages.size(), 1u) << "as many pages are written";
  EXPECT_LT(*pages.rbegin(), 20u);
}

// ---- Older files, and errors that are no damage

TEST(StagedTables, AFileOfVersionFourGetsThem) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  {
    SqliteTrackerDb db(path);
    fill(db);
    db.mark({5}, 6);
  }
  SQLite::Database(path, SQLite::OPEN_READWRITE)
      .exec(R"(DROP TABLE "STAGED-SEEDERS"; DROP TABLE "STAGED-CONTENTS";
               DROP TABLE "STAGED-PEER-INFO"; DROP TABLE "STAGED-COMPLETED";
               DROP TABLE "STAGED-LOG"; DROP TABLE CHUNKS; DROP TABLE PULL;
               PRAGMA user_version = 4)");
  SqliteTrackerDb db(path);
  EXPECT_TRUE(is(db.load(), tables_of(40, 5)));
  EXPECT_EQ(db.load().left_over, 0u);
  stage(db, rows_of(tables_of(60, 50)));
  write(db, switch_to(tables_of(60, 50)));
  EXPECT_TRUE(is(db.load(), tables_of(60, 50)));
}

TEST(ErrorsOfDatabases, ATableOrColumnThatIsMissingIsDamage) {
  for (const char* sql :
       {"DROP TABLE SEEDERS", "DROP TABLE CHUNKS", "ALTER TABLE LOG RENAME COLUMN sum TO sun"}) {
    TemporaryDirectory directory;
    const std::string path = directory / "tracker.db";
    { SqliteTrackerDb db(path); }
    SQLite::Database(path, SQLite::OPEN_READWRITE).exec(sql);
    EXPECT_THROW(SqliteTrackerDb db(path), Damaged) << sql;
    EXPECT_THAT(error_of([&] { SqliteTrackerDb db(path); }),
                HasSubstr("is missing, which a tracker database of format 5 has; move the data"));
  }
}

// A restart may help, or another version of this program; moving the directory aside does not.
TEST(ErrorsOfDatabases, AnErrorOfSqlIsNone) {
  for (const auto& [trigger, sentence] :
       {std::pair{"CREATE TRIGGER t AFTER INSERT ON LOG BEGIN INSERT INTO nowhere VALUES(1); END",
                  "an error of this program: no such table"},
        std::pair{"CREATE TRIGGER t AFTER INSERT ON LOG BEGIN SELECT RAISE(ABORT, 'no'); END",
                  "what is to be written contradicts what is there: no"}}) {
    TemporaryDirectory directory;
    const std::string path = directory / "tracker.db";
    { SqliteTrackerDb db(path); }
    SQLite::Database(path, SQLite::OPEN_READWRITE).exec(trigger);
    SqliteTrackerDb db(path);
    try {
      write(db, block_of(1));
      ADD_FAILURE() << "no error";
    } catch (const Damaged& damage) {
      ADD_FAILURE() << "damaged: " << damage.what();
    } catch (const DbError& error) {
      EXPECT_THAT(error.what(), HasSubstr(sentence));
      EXPECT_THAT(error.what(), testing::Not(HasSubstr("move the data")));
    }
  }
}

}  // namespace
}  // namespace swarm::db
