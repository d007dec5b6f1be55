#include "engine/db/sqlite_ballot_db.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "engine/base/assert.hpp"
#include "engine/db/sqlite_tracker_db.hpp"
#include "tests/engine/base/words.hpp"
#include "tests/engine/db/db_error.hpp"
#include "tests/engine/db/temporary_directory.hpp"

namespace swarm::db {
namespace {

using testing::HasSubstr;

Genesis genesis() {
  Genesis g{{0xaaaabbbbccccdddd}, {}, {}, ReadyPolicy::in_sync};
  g.secret.fill(9);
  for (std::uint32_t id : {2u, 1u, 3u})  // their order is kept, whatever it is
    g.members.push_back(
        {{id}, {id * std::uint64_t{0x1111111111111111}}, Standing::voter, id == 1, {id, 7000}});
  return g;
}
Ballot ballot() {
  return {{0xfedcba9876543210}, {5}, {3}, {17}, {2}, {~std::uint64_t{0}}, 400ms, genesis()};
}

TEST(SqliteBallotDb, AFreshStoreHasNone) {
  SqliteBallotDb db(":memory:");
  EXPECT_EQ(db.load(), std::nullopt);
}

TEST(SqliteBallotDb, TheLastOneWrittenIsLoaded) {
  SqliteBallotDb db(":memory:");
  Ballot one;
  one.store = {8};
  db.write(one);
  EXPECT_EQ(db.load(), one);
  one = ballot();
  one.store = {8};
  db.write(one);
  EXPECT_EQ(db.load(), one);
  one.term = {18};
  one.vote = {};
  one.genesis->members.pop_back();
  db.write(one);
  EXPECT_EQ(db.load(), one);
  one.genesis.reset();
  db.write(one);
  EXPECT_EQ(db.load(), one);
}

TEST(SqliteBallotDb, WhoTakesNoPartTakesNoneForGood) {
  TemporaryDirectory directory;
  const std::string path = directory / "ballot.db";
  Ballot one = ballot();
  for (const auto why : {Unfit::no, Unfit::fell_back}) {
    SqliteBallotDb db(path);
    one.unfit = why;
    db.write(one);
    EXPECT_EQ(db.load(), one);
  }
  {
    SqliteBallotDb db(path);
    EXPECT_EQ(db.load(), one);
    for (const auto other : {Unfit::no, Unfit::contradicted}) {
      auto next = one;
      next.unfit = other;
      EXPECT_THROW(db.write(next), AssertionFailed);
    }
    EXPECT_EQ(db.load(), one);
  }
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec("DELETE FROM UNFIT");
  EXPECT_THAT(error_of([&] { SqliteBallotDb damaged(path); }),
              HasSubstr("the ballot is not what was written"));
}

TEST(SqliteBallotDb, IsThereAfterClosing) {
  TemporaryDirectory directory;
  const std::string path = directory / "ballot.db";
  test::Words random(4);
  Ballot expected = ballot();
  for (int round = 0; round < 10; ++round) {
    SqliteBallotDb db(path);
    if (round > 0) {
      EXPECT_EQ(db.load(), expected);
    }
    expected.term = expected.term + random.below(3);
    expected.vote = {static_cast<std::uint32_t>(random.below(6))};
    expected.vote_boot = {random.next()};
    expected.promise += 1ns;
    db.write(expected);
  }
}

TEST(SqliteBallotDb, WhatMayNotGoBackDoesNot) {
  SqliteBallotDb db(":memory:");
  db.write(ballot());
  Ballot other = ballot();
  other.store = {1};
  EXPECT_THROW(db.write(other), AssertionFailed);
  other = ballot();
  other.term = {16};
  EXPECT_THROW(db.write(other), AssertionFailed);
  other = ballot();
  other.promise -= 1ns;
  EXPECT_THROW(db.write(other), AssertionFailed);
  EXPECT_EQ(db.load(), ballot());
}

TEST(SqliteBallotDb, OneProcessAtATime) {
  TemporaryDirectory directory;
  const std::string path = directory / "ballot.db";
  SqliteBallotDb first(path);
  EXPECT_THAT(error_of([&] { SqliteBallotDb second(path); }), HasSubstr("another process"));
}

TEST(SqliteBallotDb, ForeignAndCorruptFilesAreRefused) {
  TemporaryDirectory directory;
  const std::string text = directory / "text", tracker = directory / "tracker.db",
                    path = directory / "ballot.db";
  std::ofstream(text) << std::string(200, 'x');
  EXPECT_THAT(error_of([&] { SqliteBallotDb db(text); }), HasSubstr("not a SQLite database"));
  { SqliteTrackerDb db(tracker); }
  EXPECT_THAT(error_of([&] { SqliteBallotDb db(tracker); }), HasSubstr("not a ballot database"));

  { SqliteBallotDb(path).write(ballot()); }
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec("UPDATE GENESIS SET secret = x'1234'");
  EXPECT_THAT(error_of([&] { SqliteBallotDb db(path); }), HasSubstr("is corrupt"));
}

TEST(SqliteBallotDb, AFlippedBitIsNeverTakenForABallot) {
  TemporaryDirectory directory;
  const std::string path = directory / "ballot.db", copy = directory / "copy.db";
  {
    SqliteBallotDb db(path);
    db.note_pair(99);
    db.note_log({7, {1234}});
    db.write(ballot());
  }
  std::string bytes;
  {
    std::ifstream file(path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  test::Words random(3);
  int noticed = 0;
  for (int n = 0; n < 500; ++n) {
    std::string flipped = bytes;
    const auto at = random.below(8 * bytes.size());
    flipped[at / 8] = static_cast<char>(flipped[at / 8] ^ (1 << (at % 8)));
    std::ofstream(copy, std::ios::binary) << flipped;
    try {
      SqliteBallotDb db(copy);
      if (!db.load()) continue;  // a lost ballot: refused beside a log (store_files)
      ASSERT_EQ(db.load(), ballot()) << "bit " << at;
      ASSERT_EQ(db.marks().pair, 99u);
      ASSERT_EQ(db.marks().log, (LogMark{7, {1234}}));
    } catch (const DbError&) {
      ++noticed;
    }
    for (const char* end : {"-wal", "-journal", "-shm"}) std::filesystem::remove(copy + end);
  }
  EXPECT_GT(noticed, 0);
}

TEST(SqliteBallotDb, BallotsAreCountedAndCarryTheirMarks) {
  TemporaryDirectory directory;
  const std::string path = directory / "ballot.db";
  {
    SqliteBallotDb db(path);
    EXPECT_EQ(db.marks().number, 0u);
    db.note_log({3, {8}});
    EXPECT_EQ(db.marks().log, LogMark{}) << "not durable yet";
    db.write(ballot());
    db.note_log({3, {9}});
    db.write(ballot());
  }
  SqliteBallotDb db(path);
  EXPECT_EQ(db.marks().number, 2u);
  EXPECT_EQ(db.marks().log, (LogMark{3, {9}}));
}

}  // namespace
}  // namespace swarm::db
