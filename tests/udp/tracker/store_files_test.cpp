// What is done to one of the files of a data directory between two starts, and what the next start
// says.
#include "transport/udp/tracker/store_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/udp/tracker/store_files_room.hpp"

namespace swarm::udp::files {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;

TEST_F(StoreFilesTest, WhatIsThereIsThereAgain) {
  StoreId store;
  {
    auto files = open();
    store = files->ballot().store;
    EXPECT_TRUE(store);
    join(*files, 3);
    append(*files, 1, 20);
    files->checkpoint();
    append(*files, 21, 30);
  }
  auto files = open();
  EXPECT_EQ(files->ballot().store, store);
  EXPECT_EQ(files->ballot().term, Term{3});
  EXPECT_EQ(files->take_image().log.size(), 30u);
}

TEST_F(StoreFilesTest, AfterAKillEverythingIsThereAndFits) {
  killed_after(30);
  ASSERT_TRUE(fs::exists(wal(tracker())));
  for (int start = 0; start < 3; ++start) EXPECT_EQ(open()->take_image().log.size(), 30u);
}

// ---- One of the files is lost, emptied, cut or older

TEST_F(StoreFilesTest, ALostWriteAheadLogIsNoticed) {
  killed_after(50);
  copy(data(), aside("before"));
  fs::remove(wal(tracker()));
  EXPECT_EQ(refusal(),
            "the files in " + data().string() +
                " do not belong together: tracker.db holds nothing, as a new one or one that has "
                "lost its tracker.db-wal" +
                remedy);
  for (const std::uintmax_t size : {0u, 32u, 4000u}) {
    copy(aside("before"), data());
    fs::resize_file(wal(tracker()), size);
    EXPECT_THAT(refusal(), HasSubstr("lost its tracker.db-wal")) << size;
  }
}

// Each start and each checkpoint begins a new one.
TEST_F(StoreFilesTest, ALostWriteAheadLogIsNoticedAfterACheckpointToo) {
  in_a_process([&] {
    auto& files = *open().release();
    join(files);
    append(files, 1, 30);
    files.checkpoint();
    append(files, 31, 31);
  });
  fs::remove(wal(tracker()));
  EXPECT_THAT(refusal(),
              HasSubstr("tracker.db is older than ballot.db, or has lost its tracker.db-wal"));
}

TEST_F(StoreFilesTest, AnEmptiedOrLostTrackerDatabaseIsNoticedAndLeftAsItIs) {
  killed_after(50);
  fs::resize_file(tracker(), 0);
  EXPECT_EQ(refusal(), "the files in " + data().string() +
                           " do not belong together: tracker.db is empty" + remedy);
  EXPECT_EQ(fs::file_size(tracker()), 0u);
  EXPECT_GT(fs::file_size(wal(tracker())), 0u) << "SQLite would have deleted it";
  fs::remove(tracker());
  EXPECT_THAT(refusal(), HasSubstr("tracker.db is missing"));
  EXPECT_FALSE(fs::exists(tracker()));
}

TEST_F(StoreFilesTest, ANewDatabaseInThePlaceOfTheOldIsNoticed) {
  killed_after(50);
  fs::remove(tracker());
  fs::remove(wal(tracker()));
  { db::SqliteTrackerDb fresh(tracker().string()); }
  EXPECT_THAT(refusal(), HasSubstr("tracker.db is new, or of version 0.1.0, and ballot.db is not"));
}

TEST_F(StoreFilesTest, AnOlderCopyOfTheLogIsNoticed) {
  {
    auto files = open();
    join(*files);
    append(*files, 1, 20);
  }
  const auto older = aside("older.db");
  fs::copy_file(tracker(), older);
  append(*open(), 21, 22);
  fs::copy_file(older, tracker(), fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), HasSubstr("tracker.db is older than ballot.db"));
}

// Within one generation the ballot's number tells: a vote says how far the log reaches.
TEST_F(StoreFilesTest, ACutWriteAheadLogIsNoticedUpToTheLastVote) {
  in_a_process([&] {
    auto& files = *open().release();
    join(files);
    append(files, 1, 20);
    fs::copy_file(wal(tracker()), aside("older-wal"));
    append(files, 21, 40);
    vote(files, 5);
  });
  fs::copy_file(aside("older-wal"), wal(tracker()), fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(),
              HasSubstr("the log in tracker.db ends at block 20 and has reached block 40"));
}

TEST_F(StoreFilesTest, WhatWasTruncatedIsNotMissed) {
  in_a_process([&] {
    auto& files = *open().release();
    join(files);
    append(files, 1, 20);
    vote(files, 5);
    auto w = block_of(11, 2);
    w.truncate_from = LogIndex{11};
    const db::TrackerWrite* group[] = {&w};
    files.tracker_db().write(group);
  });
  EXPECT_EQ(open()->take_image().log.size(), 11u);
}

TEST_F(StoreFilesTest, AnOlderBallotIsNoticed) {
  {
    auto files = open();
    join(*files);
    append(*files, 1, 20);
  }
  fs::copy_file(ballot(), aside("older.db"));
  {
    auto files = open();
    vote(*files, 9);
    append(*files, 21, 21, 9);
  }
  fs::copy_file(aside("older.db"), ballot(), fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("ballot.db is older than tracker.db"), EndsWith(remedy)));
}

// All that was voted since the last clean end is in there.
TEST_F(StoreFilesTest, ALostWriteAheadLogOfTheBallotIsNoticed) {
  { join(*open()); }
  in_a_process([&] {
    auto& files = *open().release();
    vote(files, 9);
    append(files, 1, 1, 9);
  });
  ASSERT_TRUE(fs::exists(wal(ballot())));
  fs::remove(wal(ballot()));
  EXPECT_THAT(refusal(), HasSubstr("ballot.db is older than tracker.db"));
}

TEST_F(StoreFilesTest, ALostOrEmptiedBallotIsNoticed) {
  killed_after(5);
  fs::resize_file(ballot(), 0);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("ballot.db is empty"), EndsWith(remedy)));
  EXPECT_EQ(fs::file_size(ballot()), 0u);
  fs::remove(ballot());
  EXPECT_THAT(refusal(), HasSubstr("ballot.db is missing"));
  EXPECT_FALSE(fs::exists(ballot()));
}

// All that it ever held was in there.
TEST_F(StoreFilesTest, ALostFirstWriteAheadLogOfTheBallotIsCalledThat) {
  killed_after(5);
  fs::remove(wal(ballot()));
  const auto sentence =
      "ballot.db holds nothing, as a new one or one that has lost its ballot.db-wal";
  EXPECT_THAT(refusal(), AllOf(HasSubstr(sentence), EndsWith(remedy)));
  EXPECT_THAT(refusal(), HasSubstr(sentence)) << "and again";
}

// ---- Set aside

TEST_F(StoreFilesTest, WhatIsSetAsideIsKept) {
  killed_after(5);
  const auto size = fs::file_size(wal(tracker()));
  EXPECT_FALSE(was_set_aside(data()));
  const auto folder = set_aside(data());
  EXPECT_TRUE(was_set_aside(data()));
  EXPECT_FALSE(fs::exists(tracker()) || fs::exists(ballot()));
  EXPECT_EQ(fs::file_size(wal(folder / "tracker.db")), size);
  EXPECT_NE(set_aside(data()), folder) << "another time, another folder";
  EXPECT_EQ(refusal(), "none");
}

}  // namespace
}  // namespace swarm::udp::files
