#include "transport/sim/world/sim_disk.hpp"

#include <gtest/gtest.h>

#include "tests/sim/world/memory_store.hpp"

namespace swarm::sim {
namespace {

using test::ballot_write;
using test::Groups;
using test::log_write;

struct SimDiskTest : testing::Test {
  static DiskModel model() { return {Delay{50us, 500us, std::nullopt}}; }
  test::MemoryStore store;
  SimDisk disk{1, HostId{3}, model(), store};
};

TEST_F(SimDiskTest, NothingWaitsNothingIsWritten) {
  EXPECT_FALSE(disk.begin(Disk::log));
  EXPECT_FALSE(disk.begin(Disk::ballot));
}

TEST_F(SimDiskTest, WhatWaitsWhileASyncIsUnderWayGoesAsOneGroup) {
  disk.add(log_write(1));
  ASSERT_TRUE(disk.begin(Disk::log));
  for (const std::uint64_t ticket : {2u, 3u, 4u}) {
    disk.add(log_write(ticket));
    EXPECT_FALSE(disk.begin(Disk::log));
  }
  EXPECT_TRUE(store.logs[0].empty());
  EXPECT_EQ(disk.complete(Disk::log).number, 1u);
  ASSERT_TRUE(disk.begin(Disk::log));
  EXPECT_EQ(disk.complete(Disk::log).number, 4u);
  EXPECT_EQ(store.logs[0], (Groups{{1}, {2, 3, 4}}));
  EXPECT_EQ(disk.syncs(Disk::log), 2u);
  EXPECT_EQ(disk.tickets(Disk::log), 4u);
}

Outbox::LogWrite rows_write(std::uint64_t ticket, std::size_t rows) {
  auto write = log_write(ticket);
  write.write.rows.resize(rows);
  return write;
}

TEST_F(SimDiskTest, AGroupIsBoundedByItsRows) {
  constexpr auto third = db::most_rows_per_transaction / 3;
  for (const std::uint64_t ticket : {1u, 2u, 3u, 4u})
    disk.add(rows_write(ticket, ticket == 4 ? 9 * third : third + 1));
  for (int n = 0; n < 3; ++n) {
    ASSERT_TRUE(disk.begin(Disk::log));
    disk.complete(Disk::log);
  }
  EXPECT_FALSE(disk.begin(Disk::log));
  EXPECT_EQ(store.logs[0], (Groups{{1, 2}, {3}, {4}}));
}

TEST_F(SimDiskTest, EachRowTakesItsTime) {
  DiskModel slow{Delay{1ms, 1ms, std::nullopt}};
  slow.row = 10us;
  SimDisk each(1, HostId{3}, slow, store);
  each.add(rows_write(1, 500));
  each.add(ballot_write(1));
  EXPECT_EQ(each.begin(Disk::log)->delay, 6ms);
  EXPECT_EQ(each.begin(Disk::ballot)->delay, 1ms);
}

TEST_F(SimDiskTest, AVoteNeverWaitsForTheLog) {
  disk.add(log_write(1));
  disk.add(ballot_write(1));
  ASSERT_TRUE(disk.begin(Disk::log));
  ASSERT_TRUE(disk.begin(Disk::ballot));
  EXPECT_EQ(disk.complete(Disk::ballot).number, 1u);
  EXPECT_TRUE(store.logs[0].empty());
  EXPECT_EQ(store.ballots[0], std::vector<std::uint64_t>{1});
}

TEST_F(SimDiskTest, OfSeveralBallotsTheLastOneIsWritten) {
  disk.add(ballot_write(1));
  disk.add(ballot_write(2));
  ASSERT_TRUE(disk.begin(Disk::ballot));
  EXPECT_EQ(disk.complete(Disk::ballot).number, 2u);
  EXPECT_EQ(store.ballots[0], std::vector<std::uint64_t>{2});
}

TEST_F(SimDiskTest, ACrashLosesWhatIsUnderWayAndWhatWaits) {
  disk.add(log_write(1));
  const auto sync = disk.begin(Disk::log);
  disk.add(log_write(2));
  ASSERT_TRUE(disk.under_way(Disk::log, sync->number));
  disk.crash();
  EXPECT_FALSE(disk.under_way(Disk::log, sync->number));
  EXPECT_FALSE(disk.begin(Disk::log));
  disk.add(log_write(1));
  const auto next = disk.begin(Disk::log);
  EXPECT_FALSE(disk.under_way(Disk::log, sync->number));
  EXPECT_TRUE(disk.under_way(Disk::log, next->number));
  disk.complete(Disk::log);
  EXPECT_EQ(store.logs[0], Groups{{1}});
}

TEST_F(SimDiskTest, SyncsTakeAsLongAsTheModelSays) {
  Duration least = 1s, most{};
  const auto sync = [&] {
    disk.add(log_write(1));
    const Duration delay = disk.begin(Disk::log)->delay;
    disk.complete(Disk::log);
    return delay;
  };
  for (int i = 0; i < 1000; ++i) {
    const Duration delay = sync();
    least = std::min(least, delay);
    most = std::max(most, delay);
  }
  EXPECT_GE(least, 50us);
  EXPECT_LT(least, 60us);
  EXPECT_LE(most, 500us);
  EXPECT_GT(most, 490us);
  disk.set_sync(Delay{20ms, 20ms, std::nullopt});
  EXPECT_EQ(sync(), 20ms);
}

TEST_F(SimDiskTest, DelaysDependOnSeedHostDiskAndNumberOnly) {
  SimDisk same(1, HostId{3}, model(), store);
  SimDisk other(1, HostId{4}, model(), store);
  for (SimDisk* each : {&disk, &same, &other}) each->add(log_write(1)), each->add(ballot_write(1));
  same.begin(Disk::ballot);  // one draw more elsewhere
  const auto delay = disk.begin(Disk::log)->delay;
  EXPECT_EQ(same.begin(Disk::log)->delay, delay);
  EXPECT_NE(other.begin(Disk::log)->delay, delay);
}

TEST_F(SimDiskTest, AParkedSyncIsHandedBackOnce) {
  disk.add(log_write(1));
  const auto sync = disk.begin(Disk::log);
  EXPECT_FALSE(disk.unpark(Disk::log));
  disk.park(Disk::log);
  EXPECT_EQ(disk.unpark(Disk::log), sync->number);
  EXPECT_FALSE(disk.unpark(Disk::log));
}

TEST_F(SimDiskTest, AWipedDiskIsANewOne) {
  disk.add(log_write(1));
  disk.begin(Disk::log);
  disk.wipe();
  EXPECT_EQ(disk.generation(), 1u);
  disk.add(log_write(1));
  disk.begin(Disk::log);
  disk.complete(Disk::log);
  EXPECT_TRUE(store.logs[0].empty());
  EXPECT_EQ(store.logs[1], Groups{{1}});
}

TEST_F(SimDiskTest, AFailedWriteIsToldToTheWorld) {
  store.broken = true;
  disk.add(log_write(1));
  disk.begin(Disk::log);
  EXPECT_THROW(disk.complete(Disk::log), db::DbError);
}

}  // namespace
}  // namespace swarm::sim
