// Members come and go (R20, R22), and an operator's orders, on a counter.
#include <gtest/gtest.h>

#include "tests/engine/consensus/group.hpp"

namespace swarm::test {
namespace {

Group::Options soon_stable() {
  Group::Options options;
  options.settings.stabilisation = 300ms;
  return options;
}

TEST(MembersOfAGroup, ANewcomerLearnsAndIsPromoted) {
  Group group(soon_stable());
  group.found(3);
  ASSERT_TRUE(group.add(1, 5));
  group.start(4, FirstStart::join);
  ASSERT_TRUE(group.pass_until([&] { return group.view(4).role == Role::learner; }));
  EXPECT_EQ(group.config(1).voters(), 3u);
  ASSERT_TRUE(group.pass_until([&] { return group.view(4).role == Role::slave; }));
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.config(2).voters(), 4u);
  EXPECT_EQ(group.value(4), 5);
}

TEST(MembersOfAGroup, ALearnerDoesNotCount) {  // R6
  Group group;
  group.found(3);
  group.start(4, FirstStart::join);
  ASSERT_TRUE(group.pass_until([&] { return group.view(4).role == Role::learner; }));
  ASSERT_TRUE(group.settle());
  group.isolate(2);
  group.isolate(3);
  const auto before = group.value(1);
  group.add(1, 5);
  group.pass(1s);
  EXPECT_EQ(group.value(1), before) << "the master and a learner are no quorum of three voters";
  EXPECT_NE(group.view(4).role, Role::candidate);
  EXPECT_EQ(group.master(), 0u);
  EXPECT_EQ(group.steps_down(Cause::no_quorum), 1u);
}

TEST(MembersOfAGroup, ALearnersVoteDoesNotCount) {  // R6
  for (const bool pre_vote : {true, false}) {
    Group::Options options;
    options.settings.pre_vote = pre_vote;
    Group group(options);
    group.found(3);
    group.start(4, FirstStart::join);
    ASSERT_TRUE(group.pass_until([&] { return group.view(4).role == Role::learner; }));
    ASSERT_TRUE(group.settle());
    const auto term = group.view(3).term;
    group.crash(1);
    group.crash(2);
    group.pass(2s);
    EXPECT_EQ(group.master(), 0u);
    EXPECT_TRUE(group.events<event::ElectionWon>(3).empty());
    EXPECT_EQ(group.view(3).term == term, pre_vote);
  }
}

TEST(MembersOfAGroup, ALearnerThatIsSilentIsNotPromoted) {  // R20
  Group group(soon_stable());
  group.found(3);
  group.start(4, FirstStart::join);
  ASSERT_TRUE(group.pass_until([&] { return group.view(4).role == Role::learner; }));
  group.crash(4);
  group.pass(2s);
  EXPECT_EQ(group.config(1).voters(), 3u);
  group.restart(4);
  EXPECT_TRUE(group.pass_until([&] { return group.config(1).voters() == 4; }));
}

TEST(MembersOfAGroup, ALearnerThatIsBehindIsNotPromoted) {  // R20
  auto options = soon_stable();
  options.settings.window = 4;
  Group group(options);
  group.found(3);
  group.start(4, FirstStart::join);
  ASSERT_TRUE(group.pass_until([&] { return group.view(4).role == Role::learner; }));
  ASSERT_TRUE(group.settle());
  group.disk(4).hold_log = true;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(group.add(1, 1));
    group.pass(5ms);
  }
  group.pass(2s);
  EXPECT_EQ(group.config(1).voters(), 3u);
  group.disk(4).hold_log = false;
  group.report(4);
  EXPECT_TRUE(group.pass_until([&] { return group.config(1).voters() == 4; }));
}

TEST(MembersOfAGroup, ChangeOneAtATimeAndANewcomerIsWelcomeWhenThatIsCommitted) {  // R20
  Group group;
  group.found(3);
  group.disk(2).hold_log = group.disk(3).hold_log = true;
  group.start(4, FirstStart::join);
  group.start(5, FirstStart::join);
  group.pass(1s);
  EXPECT_EQ(group.config(1).members.size(), 4u);
  EXPECT_EQ(group.view(4).role, Role::stranger);
  EXPECT_EQ(group.view(5).role, Role::stranger);
  group.disk(2).hold_log = group.disk(3).hold_log = false;
  for (const Place n : {2, 3}) group.report(n);
  EXPECT_TRUE(group.pass_until(
      [&] { return group.view(4).role == Role::learner && group.view(5).role == Role::learner; }));
}

TEST(MembersOfAGroup, ThatOneWasRemovedIsNotBelievedOfAnOldTerm) {  // R22
  Group group;
  group.found(3);
  const wire::JoinReply removed{static_cast<std::uint8_t>(wire::JoinStatus::removed),
                                group.view(3).cluster, MemberId{3}, group.view(3).store};
  group.forge(1, 3, group.view(3).term - 1, removed);
  EXPECT_EQ(group.view(3).role, Role::slave);
  group.forge(1, 3, group.view(3).term, removed);
  EXPECT_EQ(group.view(3).role, Role::removed);
}

TEST(MembersOfAGroup, WhoIsRemovedIsToldAndTakesNoPartAnyMore) {  // R22
  Group group;
  group.found(4);
  ASSERT_TRUE(group.remove(1, MemberId{4}));
  ASSERT_TRUE(group.pass_until([&] { return group.view(4).role == Role::removed; }));
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.config(1).voters(), 3u);
  group.crash(4);
  group.restart(4);
  ASSERT_TRUE(group.pass_until([&] { return group.view(4).role == Role::removed; }));
  EXPECT_EQ(group.master(), 1u) << "it has disturbed nobody";
}

TEST(MembersOfAGroup, AnOrderToRemoveAtASlaveGoesToTheMaster) {
  Group group;
  group.found(4);
  ASSERT_TRUE(group.remove(2, MemberId{4}));
  ASSERT_TRUE(group.pass_until([&] { return group.config(1).voters() == 3; }));
}

TEST(MembersOfAGroup, TheMasterIsNotRemoved) {
  Group group;
  group.found(3);
  EXPECT_FALSE(group.remove(1, MemberId{1}));
  EXPECT_FALSE(group.remove(2, MemberId{1}));
}

TEST(MembersOfAGroup, WhoIsNeededIsNotRemoved) {  // R20: the others that are alive are no quorum
  Group group;
  group.found(3);
  group.crash(3);
  group.pass(100ms);
  EXPECT_FALSE(group.remove(1, MemberId{2}));
  EXPECT_TRUE(group.remove(1, MemberId{3}));
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.config(1).voters(), 2u);
}

TEST(MembersOfAGroup, AWipedDiskTakesThePlaceOfTheOldOne) {  // R22
  auto options = soon_stable();
  options.settings.removal_silence = 1s;
  Group group(options);
  group.found(3);
  group.crash(3);
  group.wipe(3);
  ASSERT_TRUE(group.pass_until([&] { return group.runs(3) && group.view(3).voter; }));
  EXPECT_EQ(group.view(3).member, MemberId{4});
  EXPECT_EQ(group.config(1).find(MemberId{3}), nullptr);
  EXPECT_EQ(group.config(1).voters(), 3u);
}

TEST(OrdersToAGroup, WhoLeavesIsRemovedAndEnds) {
  Group group;
  group.found(4);
  ASSERT_TRUE(group.leave(4));
  ASSERT_TRUE(group.pass_until([&] { return !group.runs(4); }));
  EXPECT_EQ(group.exit_of(4), "left");
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.config(1).find(MemberId{4}), nullptr);
}

TEST(OrdersToAGroup, AMasterThatLeavesHandsOverFirst) {
  Group group;
  group.found(4);
  ASSERT_TRUE(group.leave(1));
  ASSERT_TRUE(group.pass_until([&] { return !group.runs(1); }));
  EXPECT_EQ(group.exit_of(1), "left");
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.config(2).voters(), 3u);
  EXPECT_EQ(group.steps_down(Cause::no_quorum), 0u);
}

TEST(OrdersToAGroup, TheOnlyVoterDoesNotLeave) {
  Group group;
  group.start(1, FirstStart::init);
  ASSERT_TRUE(group.settle());
  EXPECT_FALSE(group.leave(1));
}

TEST(OrdersToAGroup, AMasterThatStopsHandsOverFirst) {
  Group group;
  group.found(3);
  group.stop(1);
  ASSERT_TRUE(group.pass_until([&] { return !group.runs(1); }));
  EXPECT_EQ(group.exit_of(1), "stopped: another is the master");
  EXPECT_TRUE(group.settle());
}

TEST(OrdersToAGroup, ASlaveThatStopsAnswersFirstWhatItWasAsked) {  // R23
  Group group;
  group.found(3);
  group.service(3).have_pending(1);
  group.stop(3);
  group.pass(20ms);
  EXPECT_TRUE(group.runs(3));
  group.service(3).have_pending(0);
  group.act(3, [](Replica& r) { r.mastership().none_pending(); });
  EXPECT_EQ(group.exit_of(3), "stopped: another is the master");
}

TEST(OrdersToAGroup, AManualFirstStartWaitsForTheOrder) {
  Group group;
  group.start(1, FirstStart::manual);
  group.pass(5s);
  EXPECT_EQ(group.sent<wire::Hello>() + group.sent<wire::Join>(), 0u);
  group.act(1, [](Replica& r) { EXPECT_TRUE(r.first_start(FirstStart::init)); });
  EXPECT_TRUE(group.settle());
}

}  // namespace
}  // namespace swarm::test
