// The database of a tracker: files that are torn, foreign, corrupt, or in use.
#include "engine/db/sqlite_tracker_db.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "engine/base/random.hpp"
#include "engine/node/row_digest.hpp"
#include "tests/engine/db/db_error.hpp"
#include "tests/engine/db/temporary_directory.hpp"
#include "tests/engine/db/tracker_writes.hpp"

namespace swarm::db::writes {
namespace {

using testing::HasSubstr;

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

}  // namespace
}  // namespace swarm::db::writes
