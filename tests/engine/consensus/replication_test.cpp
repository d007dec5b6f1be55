// How blocks are replicated (R11 to R15), on a counter.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "tests/engine/consensus/group.hpp"

namespace swarm::test {
namespace {

TEST(Replication, AllCountTheSame) {
  Group group;
  group.found(3);
  EXPECT_TRUE(group.add(1, 5));
  EXPECT_TRUE(group.add(1, 7));
  ASSERT_TRUE(group.settle());
  for (const Place n : {1, 2, 3}) EXPECT_EQ(group.value(n), 12) << n;
}

TEST(Replication, ASlaveTakesNoOrderToAdd) {
  Group group;
  group.found(3);
  EXPECT_FALSE(group.add(2, 5));
}

TEST(Replication, ManyAdditionsShareBlocks) {
  Group group;
  group.found(3);
  const auto before = group.view(1).last;
  group.act(1, [](Replica& r) {
    for (int i = 0; i < 1000; ++i) r.mastership().propose(add(1));
  });
  ASSERT_TRUE(group.settle());
  for (const Place n : {1, 2, 3}) EXPECT_EQ(group.value(n), 1000);
  EXPECT_LE(group.view(1).last - before, 6u) << "204 of five bytes fit a block";
}

TEST(Replication, ACommitNeedsAQuorum) {  // R13
  Group group;
  group.found(3);
  group.disk(2).hold_log = group.disk(3).hold_log = true;
  ASSERT_TRUE(group.add(1, 5));
  group.pass(500ms);
  EXPECT_EQ(group.value(1), 0) << "it alone has it";
  EXPECT_EQ(group.view(2).last, group.view(1).last) << "the others have it, not on the disk (R12)";
  group.disk(2).hold_log = false;
  group.report(2);
  group.pass(2ms);
  EXPECT_EQ(group.value(1), 5);
  EXPECT_EQ(group.value(3), 5) << "what is committed is applied, be it on the own disk or not";
}

TEST(Replication, TheMastersOwnDiskIsNotNeeded) {  // R13
  Group group;
  group.found(3);
  group.disk(1).hold_log = true;
  ASSERT_TRUE(group.add(1, 5));
  group.pass(3ms);
  EXPECT_EQ(group.value(1), 5);
}

TEST(Replication, WithInSyncAllOfTheSetMustHaveIt) {  // R13
  ConsensusSettings settings;
  settings.ready = ReadyPolicy::in_sync;
  Group group({.settings = settings});
  for (const Place n : {1, 2, 3}) group.start(n, FirstStart::bootstrap);
  ASSERT_TRUE(group.settle());
  const Place master = group.master();
  const Place slow = master == 3 ? 2 : 3;
  group.disk(slow).hold_log = true;
  ASSERT_TRUE(group.add(master, 5));
  group.pass(200ms);
  EXPECT_EQ(group.value(master), 0);
  ASSERT_TRUE(group.pass_until([&] { return group.value(master) == 5; })) << "taken out of the set";
  EXPECT_FALSE(group.config(master).find(group.view(slow).member)->in_sync);
  group.disk(slow).hold_log = false;
  group.report(slow);
  ASSERT_TRUE(group.pass_until(
      [&] { return group.config(master).find(group.view(slow).member)->in_sync; }));
}

TEST(Replication, TheInSyncSetAloneIsNoQuorum) {  // R13
  ConsensusSettings settings;
  settings.ready = ReadyPolicy::in_sync;
  settings.bootstrap_expect = 5;
  Group group({.settings = settings});
  for (const Place n : {1, 2, 3, 4, 5}) group.start(n, FirstStart::bootstrap);
  ASSERT_TRUE(group.settle());
  const Place master = group.master();
  std::vector<Place> slaves;
  for (const Place n : {1, 2, 3, 4, 5})
    if (n != master) slaves.push_back(n);
  group.crash(slaves[2]);
  group.crash(slaves[3]);
  ASSERT_TRUE(group.settle());
  const auto in_sync = [&] {
    return std::ranges::count(group.config(master).members, true, &Member::in_sync);
  };
  ASSERT_TRUE(group.pass_until([&] { return in_sync() == 3; }));
  group.disk(slaves[0]).hold_log = true;
  ASSERT_TRUE(group.add(master, 5));
  ASSERT_TRUE(
      group.pass_until([&] { return in_sync() == 2; }));  // they have it, and are two of five
  group.pass(20ms);
  EXPECT_EQ(group.master(), master);
  EXPECT_EQ(group.value(master), 0);
}

TEST(Replication, AGapIsFilledByAFetch) {  // R11
  Group group;
  group.found(3);
  group.lose(1, 3, wire::Body(wire::Prepare{}).index());
  const auto before = group.sent<wire::BlockMessage>();
  ASSERT_TRUE(group.add(1, 5));
  ASSERT_TRUE(group.settle(100ms));
  EXPECT_EQ(group.value(3), 5);
  EXPECT_EQ(group.sent<wire::BlockMessage>(), before + 1);
}

TEST(Replication, WhoWasAwayCatchesUpByTheLog) {
  Group group;
  group.found(3);
  group.crash(3);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(group.add(1, 1));
    group.pass(3ms);
  }
  group.restart(3);
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.value(3), 200);
  EXPECT_EQ(group.sent<wire::SnapshotMeta>(), 0u);
}

// Block 3 of the deposed master was never committed: another takes its place.
TEST(Replication, AnUncommittedBlockOfADeposedMasterIsTruncated) {  // R11
  Group group;
  group.found(3);
  group.isolate(1);
  const auto index = group.view(1).last + 1;
  ASSERT_TRUE(group.add(1, 7));
  ASSERT_EQ(group.view(1).last, index);
  ASSERT_TRUE(group.pass_until([&] { return group.master() == 2; }));
  ASSERT_TRUE(group.add(2, 5));
  group.heal();
  ASSERT_TRUE(group.settle());
  const auto truncated = group.events<event::LogTruncated>(1);
  ASSERT_EQ(truncated.size(), 1u);
  EXPECT_EQ(truncated[0].from, index);
  for (const Place n : {1, 2, 3}) EXPECT_EQ(group.value(n), 5) << n;
}

// The dissertation's figure 3.7: that a majority has a block of an older term commits nothing; a
// block of the own term behind it does.
TEST(Replication, ABlockOfAnOlderTermIsNotCommittedByCountingCopies) {  // R13
  Group group;
  group.found(5);
  const auto index = group.view(1).last + 1;
  const auto old_term = group.view(1).term;
  for (const Place n : {3, 4, 5}) group.cut_both(1, n);
  ASSERT_TRUE(group.add(1, 7));  // at 1 and 2
  group.pass(2ms);
  ASSERT_EQ(group.view(2).last, index);
  group.crash(1);
  group.crash(5);
  // 3 and 4 get what 2 had, and nothing of its own term.
  group.lose_all([&](Place, Place, const wire::Message& m) {
    if (const auto* prepare = std::get_if<wire::Prepare>(&m.body)) return prepare->term > old_term;
    if (const auto* block = std::get_if<wire::BlockMessage>(&m.body)) return block->term > old_term;
    return false;
  });
  ASSERT_TRUE(group.pass_until([&] {
    return std::ranges::all_of(std::array{2U, 3U, 4U},
                               [&](Place n) { return group.view(n).durable >= index; });
  }));
  group.pass(100ms);
  ASSERT_EQ(group.view(2).role, Role::master);
  for (const Place n : {2, 3, 4}) EXPECT_LT(group.view(n).commit, index) << n;
  group.lose_all({});
  ASSERT_TRUE(group.settle());
  for (const Place n : {2, 3, 4}) EXPECT_EQ(group.value(n), 7) << n;
}

TEST(Replication, ACrashOfAllLosesNothingThatIsCommitted) {  // R15
  Group group;
  group.found(3);
  ASSERT_TRUE(group.add(1, 5));
  ASSERT_TRUE(group.pass_until([&] { return group.value(1) == 5; }));
  for (const Place n : {1, 2, 3}) group.crash(n);
  for (const Place n : {1, 2, 3}) group.restart(n);
  ASSERT_TRUE(group.settle());
  for (const Place n : {1, 2, 3}) EXPECT_EQ(group.value(n), 5) << n;
}

TEST(Replication, ABlockThatCannotBeReadIsRefused) {  // R11
  Group group;
  group.found(3);
  const auto last = group.view(2).last;
  const std::vector<std::uint8_t> nonsense{77};
  const Term term = group.view(1).term;
  group.forge(1, 2, term, wire::BlockMessage{last + 1, term, group.view(2).last_term, 0, nonsense});
  EXPECT_EQ(group.view(2).last, last);
  EXPECT_EQ(group.replica(2).rejected(Reject::bad_value), 1u);
}

}  // namespace
}  // namespace swarm::test
