// The database of a tracker: what is written is loaded.
#include "engine/db/sqlite_tracker_db.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/assert.hpp"
#include "engine/base/random.hpp"
#include "engine/node/row_digest.hpp"
#include "tests/engine/db/db_error.hpp"
#include "tests/engine/db/temporary_directory.hpp"
#include "tests/engine/db/tracker_writes.hpp"

namespace swarm::db::writes {
namespace {

using testing::HasSubstr;

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

}  // namespace
}  // namespace swarm::db::writes
