// The simulated world: tickets, syncs and failures of its disks.
#include "transport/sim/world/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/world/memory_store.hpp"
#include "tests/sim/world/scripted_world.hpp"

namespace swarm::sim::scripted {
namespace {

using test::ballot_write;
using test::Groups;
using test::log_write;
using testing::ElementsAre;
using testing::IsEmpty;

struct WorldDiskTest : WorldTest {
  WorldDiskTest() {
    world.add_disk(a, store);
    start_all();
  }
  void write(std::uint64_t ticket) {
    world.call(a, [&](Node&, Time, Outbox& out) { out.persist(log_write(ticket)); });
  }
};

TEST_F(WorldDiskTest, ATicketIsReportedWhenItIsDurable) {
  write(1);
  run(99us);
  EXPECT_THAT(store.logs[0], IsEmpty());
  run(1us);
  EXPECT_THAT(store.logs[0], ElementsAre(ElementsAre(1)));
  EXPECT_THAT(calls(a), ElementsAre("log 1 @100"));
}

TEST_F(WorldDiskTest, TicketsOfASyncsTimeAreOneGroupAndOneReport) {
  write(1);
  run(50us);
  write(2);
  write(3);
  run(1ms);
  EXPECT_EQ(store.logs[0], (Groups{{1}, {2, 3}}));
  EXPECT_THAT(calls(a), ElementsAre("log 1 @100", "log 3 @200"));
}

TEST_F(WorldDiskTest, ACrashLosesEveryTicketThatWasNotReported) {
  write(1);
  run(100us);
  write(2);
  run(50us);
  write(3);
  run(49us);
  world.restart(a);
  run(1ms);
  EXPECT_EQ(store.logs[0], (Groups{{1}}));
  EXPECT_THAT(calls(a), ElementsAre("log 1 @100", "end", "start @199"));
  write(1);  // tickets count anew
  run(1ms);
  EXPECT_EQ(store.logs[0], (Groups{{1}, {1}}));
}

TEST_F(WorldDiskTest, AVotePassesALongSyncOfTheLog) {
  world.disk(a).set_sync(Delay{50ms, 50ms, std::nullopt});
  write(1);
  world.disk(a).set_sync(world.disk_model().sync);
  world.call(a, [&](Node&, Time, Outbox& out) { out.persist(ballot_write(1)); });
  run(1ms);
  EXPECT_THAT(calls(a), ElementsAre("ballot 1 @100"));
  run(50ms);
  EXPECT_EQ(calls(a).back(), "log 1 @50000");
}

TEST_F(WorldDiskTest, AHangingDiskCompletesNothingUntilItNoLongerHangs) {
  world.hang(a, true);
  write(1);
  run(1s);
  write(2);
  EXPECT_THAT(calls(a), IsEmpty());
  EXPECT_THAT(store.logs[0], IsEmpty());
  world.hang(a, false);
  run(1ms);
  EXPECT_EQ(store.logs[0], (Groups{{1}, {2}}));
  EXPECT_THAT(calls(a), ElementsAre("log 1 @1000000", "log 2 @1000100"));
}

TEST_F(WorldDiskTest, APausedHostsDiskStandsStillToo) {
  write(1);
  world.pause(a);
  run(5ms);
  EXPECT_THAT(store.logs[0], IsEmpty());
  world.resume(a);
  run(5ms);
  EXPECT_THAT(calls(a), ElementsAre("log 1 @5000"));
}

TEST_F(WorldDiskTest, AWipedDiskIsNewAtTheNextStart) {
  write(1);
  run(1ms);
  world.wipe(a);
  EXPECT_FALSE(world.up(a));
  world.start(a);
  run(1ms);
  write(1);
  run(1ms);
  EXPECT_EQ(store.logs[0], (Groups{{1}}));
  EXPECT_EQ(store.logs[1], (Groups{{1}}));
  EXPECT_EQ(world.disk(a).generation(), 1u);
}

TEST_F(WorldDiskTest, AFailedWriteEndsTheNode) {
  Witness witness;
  world.observe(&witness);
  store.broken = true;
  write(1);
  run(1ms);
  EXPECT_FALSE(world.up(a));
  EXPECT_THAT(calls(a), ElementsAre("end"));
  EXPECT_THAT(witness.seen,
              ElementsAre("step of 0 @0 sends 0 writes 1", "exit of 0: the disk is full"));
}

}  // namespace
}  // namespace swarm::sim::scripted
