#include "transport/udp/tracker/disk_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/engine/db/temporary_directory.hpp"
#include "tests/udp/run_until.hpp"

namespace swarm::udp {
namespace {

using testing::ElementsAre;

// A door that the disk's thread finds shut, or waits at.
class Door {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void await_arrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return arrived_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int arrived_ = 0;
};

// Remembers its groups; may stop at a door, or fail at its n-th group. The tests look at it when
// the thread has ended or waits.
struct FakeTrackerDb final : db::TrackerDb {
  Door* door = nullptr;
  std::size_t fails_at = 1000;
  std::vector<std::vector<std::uint64_t>> groups;  // of the index of each write's first block

  db::TrackerImage load() override { return {}; }
  void write(std::span<const db::TrackerWrite* const> group) override {
    auto& written = groups.emplace_back();
    for (const auto* const write : group) written.push_back(write->append.front()->index.value);
    if (door != nullptr) door->pass();
    if (groups.size() == fails_at) throw db::DbError("the disk is full");
  }
};

struct FakeBallotDb final : db::BallotDb {
  Door* door = nullptr;
  std::vector<std::uint64_t> terms;

  std::optional<db::Ballot> load() override { return {}; }
  void write(const db::Ballot& ballot) override {
    terms.push_back(ballot.term.value);
    if (door != nullptr) door->pass();
  }
};

Outbox::LogWrite ticket(std::uint64_t number) {
  const Block block{{number}, {1}, {1000 * number}, {1, 2, 3}};
  db::TrackerWrite write;
  write.append.push_back(std::make_shared<const Block>(block));
  return {{Disk::log, number}, std::move(write)};
}

struct Reports {
  std::vector<std::uint64_t> durable;
  std::vector<std::string> failed;

  DiskReports to() {
    return {[this](Ticket one) { durable.push_back(one.number); },
            [this](std::string sentence) { failed.push_back(std::move(sentence)); }};
  }
};

DiskReports to_nobody() {
  return {[](Ticket) {}, [](std::string) {}};
}

TEST(LogDisk, ReportsTicketsInTheirOrder) {
  asio::io_context io;
  FakeTrackerDb db;
  Reports reports;
  LogDisk disk(io, db, {}, reports.to());
  for (std::uint64_t number = 1; number <= 20; ++number) {
    disk.write(ticket(number));
    ASSERT_TRUE(run_until(io, [&] { return reports.durable.size() == number; }));
    EXPECT_EQ(reports.durable.back(), number);
  }
  EXPECT_EQ(disk.counters().tickets, 20u);
  EXPECT_EQ(disk.counters().commits, 20u);
  EXPECT_GE(disk.counters().total_commit, disk.counters().longest_commit);
}

TEST(LogDisk, WhatComesDuringACommitGoesAsOne) {
  asio::io_context io;
  Door door;
  FakeTrackerDb db;
  db.door = &door;
  Reports reports;
  LogDisk disk(io, db, {}, reports.to());
  disk.write(ticket(1));
  door.await_arrival();
  for (std::uint64_t number = 2; number <= 5; ++number) disk.write(ticket(number));
  EXPECT_EQ(disk.counters().commits, 0u);
  io.poll();
  EXPECT_TRUE(reports.durable.empty());  // nothing is durable before its commit is
  door.open();
  EXPECT_TRUE(run_until(io, [&] { return reports.durable.size() == 2; }));
  EXPECT_THAT(reports.durable, ElementsAre(1, 5));
  EXPECT_THAT(db.groups, ElementsAre(ElementsAre(1), ElementsAre(2, 3, 4, 5)));
}

TEST(LogDisk, AGroupIsBoundedByItsRows) {
  asio::io_context io;
  Door door;
  FakeTrackerDb db;
  db.door = &door;
  Reports reports;
  LogDisk disk(io, db, {}, reports.to());
  disk.write(ticket(1));
  door.await_arrival();
  for (std::uint64_t number = 2; number <= 6; ++number) {
    auto write = ticket(number);
    write.write.rows.resize(number == 5 ? 2 * db::most_rows_per_transaction
                                        : db::most_rows_per_transaction / 3);
    disk.write(std::move(write));
  }
  door.open();
  EXPECT_TRUE(run_until(io, [&] { return reports.durable.size() == 5; }));
  EXPECT_THAT(db.groups, ElementsAre(ElementsAre(1), ElementsAre(2, 3), ElementsAre(4),
                                     ElementsAre(5), ElementsAre(6)));
}

TEST(LogDisk, AGroupIsBounded) {
  asio::io_context io;
  Door door;
  FakeTrackerDb db;
  db.door = &door;
  Reports reports;
  LogDisk disk(io, db, {}, reports.to());
  disk.write(ticket(1));
  door.await_arrival();
  for (std::uint64_t number = 2; number <= 301; ++number) disk.write(ticket(number));
  door.open();
  EXPECT_TRUE(run_until(io, [&] { return reports.durable.size() == 3; }));
  EXPECT_THAT(reports.durable, ElementsAre(1, 257, 301));
}

TEST(LogDisk, AFailureIsReportedOnceAndNothingIsWrittenAfterIt) {
  asio::io_context io;
  Door door;
  FakeTrackerDb db;
  db.door = &door;
  db.fails_at = 2;
  int checkpoints = 0;
  Reports reports;
  {
    LogDisk disk(io, db, {[] { return 1u; }, [&] { ++checkpoints; }}, reports.to());
    disk.write(ticket(1));
    door.await_arrival();
    for (std::uint64_t number = 2; number <= 400; ++number) disk.write(ticket(number));
    door.open();
    ASSERT_TRUE(run_until(io, [&] { return !reports.failed.empty(); }));
    disk.write(ticket(401));
  }
  io.restart();
  io.poll();
  EXPECT_THAT(reports.durable, ElementsAre(1));
  EXPECT_THAT(reports.failed, ElementsAre("the disk is full"));
  EXPECT_EQ(db.groups.size(), 2u);
  EXPECT_EQ(checkpoints, 0);
}

TEST(LogDisk, ItsEndWritesWhatWaitsAndDropsLateReports) {
  asio::io_context io;
  Door door;
  FakeTrackerDb db;
  db.door = &door;
  Reports reports;
  {
    LogDisk disk(io, db, {}, reports.to());
    disk.write(ticket(1));
    door.await_arrival();
    for (std::uint64_t number = 2; number <= 600; ++number) disk.write(ticket(number));
    door.open();
  }
  EXPECT_EQ(db.groups.size(), 4u);
  EXPECT_EQ(db.groups.back().back(), 600u);
  io.poll();
  EXPECT_TRUE(reports.durable.empty());
}

TEST(LogDisk, MovesALargeWriteAheadLogWhenNothingWaits) {
  asio::io_context io;
  Door door;
  FakeTrackerDb db;
  db.door = &door;
  std::size_t pages = 0;
  std::vector<std::size_t> moved;  // after how many groups
  const auto checkpoint = [&] {
    moved.push_back(db.groups.size());
    pages = 0;
  };
  Reports reports;
  {
    LogDisk disk(io, db, {[&] { return pages += 300; }, checkpoint}, reports.to());
    disk.write(ticket(1));
    door.await_arrival();
    for (std::uint64_t number = 2; number <= 1500; ++number) disk.write(ticket(number));
    door.open();
  }
  EXPECT_THAT(moved, ElementsAre(7, 7));  // when the last was written, and at the end
}

TEST(LogDisk, MovesAVeryLargeWriteAheadLogInAnyCase) {
  asio::io_context io;
  Door door;
  FakeTrackerDb db;
  db.door = &door;
  std::size_t pages = 0;
  std::vector<std::size_t> moved;
  const auto checkpoint = [&] {
    moved.push_back(db.groups.size());
    pages = 0;
  };
  {
    LogDisk disk(io, db, {[&] { return pages += 8001; }, checkpoint}, to_nobody());
    disk.write(ticket(1));
    door.await_arrival();
    for (std::uint64_t number = 2; number <= 1200; ++number) disk.write(ticket(number));
    door.open();
  }
  EXPECT_THAT(moved, ElementsAre(2, 4, 6, 6));
}

TEST(LogDisk, KeepsTheBlocksOnARealDisk) {
  const TemporaryDirectory directory;
  const auto path = directory / "tracker.db";
  {
    asio::io_context io;
    db::SqliteTrackerDb db(path);
    Reports reports;
    LogDisk disk(io, db, reports.to());
    for (std::uint64_t number = 1; number <= 100; ++number) disk.write(ticket(number));
    ASSERT_TRUE(run_until(io, [&] { return disk.counters().tickets == 100; }));
    EXPECT_GT(db.wal_pages(), 0u);
  }
  EXPECT_EQ(db::SqliteTrackerDb(path).load().log.size(), 100u);
}

TEST(LogDisk, ItsEndMovesTheWriteAheadLogIntoTheFile) {
  asio::io_context io;
  const TemporaryDirectory directory;
  db::SqliteTrackerDb db(directory / "tracker.db");
  LogDisk(io, db, to_nobody()).write(ticket(1));
  EXPECT_EQ(db.wal_pages(), 0u);
  EXPECT_EQ(db.load().log.size(), 1u);
}

TEST(LogDisk, ABugOfTheDatabasesUserIsAFailureToo) {
  asio::io_context io;
  db::SqliteTrackerDb db(":memory:");
  Reports reports;
  LogDisk disk(io, db, reports.to());
  disk.write(ticket(2));  // a gap: there is no 1
  ASSERT_TRUE(run_until(io, [&] { return !reports.failed.empty(); }));
  EXPECT_TRUE(reports.durable.empty());
}

TEST(BallotDisk, TheLastOfAGroupStandsForAll) {
  asio::io_context io;
  Door door;
  FakeBallotDb db;
  db.door = &door;
  Reports reports;
  BallotDisk disk(io, db, reports.to());
  const auto ballot = [](std::uint64_t term) {
    Outbox::BallotWrite write{{Disk::ballot, term}, {}};
    write.ballot.term = {term};
    return write;
  };
  disk.write(ballot(1));
  door.await_arrival();
  for (std::uint64_t term = 2; term <= 9; ++term) disk.write(ballot(term));
  door.open();
  ASSERT_TRUE(run_until(io, [&] { return reports.durable.size() == 2; }));
  EXPECT_THAT(reports.durable, ElementsAre(1, 9));
  EXPECT_THAT(db.terms, ElementsAre(1, 9));
}

}  // namespace
}  // namespace swarm::udp
