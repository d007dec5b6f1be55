// Snapshots of a counter (R19): for a member that was away for longer than the log is kept.
#include <gtest/gtest.h>

#include "tests/engine/consensus/group.hpp"

namespace swarm::test {
namespace {

Group::Options short_log() {
  Group::Options options;
  options.settings.log_keep = 4;
  options.settings.stabilisation = 300ms;
  return options;
}

void add_one_by_one(Group& group, int times) {
  for (int i = 0; i < times; ++i) {
    ASSERT_TRUE(group.add(group.master(), 1));
    group.pass(10ms);
  }
}

TEST(SnapshotOfACounter, GoesToAMemberThatWasAway) {
  Group group(short_log());
  group.found(3);
  group.crash(3);
  add_one_by_one(group, 30);
  EXPECT_GT(group.view(1).log_begin, LogIndex{10});
  group.restart(3);
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.value(3), 30);
  EXPECT_EQ(group.events<event::SnapshotInstalled>(3).size(), 1u);
  EXPECT_GE(group.service(3).times_told("loaded"), 2u) << "at the start, and with the snapshot";
}

TEST(SnapshotOfACounter, IsWhatARestartFinds) {
  Group group(short_log());
  group.found(3);
  group.crash(3);
  add_one_by_one(group, 30);
  group.restart(3);
  ASSERT_TRUE(group.settle());
  group.crash(3);
  EXPECT_GT(group.disk(3).image.tables.applied.index, LogIndex{20});
  group.restart(3);
  EXPECT_EQ(group.value(3), 30);
  add_one_by_one(group, 1);
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.value(3), 31);
}

// Before it is durable all is as it was, after it all is new: a crash on either side does no harm.
TEST(SnapshotOfACounter, IsInForceOnceItIsDurable) {
  Group group(short_log());
  group.found(3);
  group.crash(3);
  add_one_by_one(group, 30);
  group.restart(3);
  group.disk(3).hold_log = true;
  group.pass(500ms);
  EXPECT_EQ(group.value(3), 0);
  EXPECT_TRUE(group.events<event::SnapshotInstalled>(3).empty());
  group.crash(3);
  EXPECT_LE(group.disk(3).image.tables.applied.index, LogIndex{3});
  group.disk(3).hold_log = false;
  group.restart(3);
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.value(3), 30);
}

// What the disk was given before is reported first: the snapshot is not durable with it.
TEST(SnapshotOfACounter, IsNotInForceByAReportOfWhatWasWrittenBefore) {
  Group group(short_log());
  group.found(3);
  group.disk(3).hold_log = true;
  ASSERT_TRUE(group.add(1, 1));
  group.pass(5ms);
  group.isolate(3);
  add_one_by_one(group, 30);
  group.heal();
  group.pass(300ms);
  EXPECT_GE(group.disk(3).logs_pending(), 2u);
  EXPECT_TRUE(group.events<event::SnapshotInstalled>(3).empty());
  group.disk(3).hold_log = false;
  group.report(3);  // one ticket after the other; the group checks what is in force
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.value(3), 31);
  EXPECT_EQ(group.events<event::SnapshotInstalled>(3).size(), 1u);
}

TEST(SnapshotOfACounter, GoesOnWhenChunksAreLost) {
  Group group(short_log());
  group.found(3);
  group.crash(3);
  add_one_by_one(group, 30);
  group.restart(3);
  for (int i = 0; i < 3; ++i) {
    group.lose(1, 3, wire::Body(wire::SnapshotMeta{}).index());
    group.lose(1, 3, wire::Body(wire::SnapshotData{}).index());
  }
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.value(3), 30);
}

TEST(SnapshotOfACounter, IsOfTheStateWhileItGoesOnChanging) {
  Group group(short_log());
  group.found(3);
  group.crash(3);
  add_one_by_one(group, 30);
  group.restart(3);
  add_one_by_one(group, 30);  // while 3 pulls, loads and installs
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.value(3), 60);
}

TEST(SnapshotOfACounter, GoesToANewcomer) {
  Group group(short_log());
  group.found(3);
  add_one_by_one(group, 30);
  group.start(4, FirstStart::join);
  ASSERT_TRUE(group.pass_until([&] { return group.view(4).voter; }));
  EXPECT_EQ(group.value(4), 30);
  EXPECT_EQ(group.events<event::SnapshotInstalled>(4).size(), 1u);
}

}  // namespace
}  // namespace swarm::test
