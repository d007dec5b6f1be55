// The first start of a group (R21), and of a group of one.
#include <gtest/gtest.h>

#include "tests/engine/consensus/group.hpp"

namespace swarm::test {
namespace {

TEST(FirstStartOfAGroup, ThreeEmptyDisksFoundOneGroup) {
  Group group;
  for (const Place n : {1, 2, 3}) group.start(n, FirstStart::bootstrap);
  ASSERT_TRUE(group.settle());
  for (const Place n : {1, 2, 3}) {
    EXPECT_EQ(group.view(n).cluster, group.view(1).cluster);
    EXPECT_EQ(group.config(n), group.config(1));
    EXPECT_EQ(group.config(n).voters(), 3u);
    EXPECT_EQ(group.disk(n).ballot->genesis->cluster, group.view(1).cluster);
  }
}

TEST(FirstStartOfAGroup, TwoOfThreeFoundNothing) {
  Group group;
  group.start(1, FirstStart::bootstrap);
  group.start(2, FirstStart::bootstrap);
  group.pass(5s);
  for (const Place n : {1, 2}) {
    EXPECT_EQ(group.view(n).role, Role::stranger);
    EXPECT_FALSE(group.disk(n).ballot->genesis);
  }
  group.start(3, FirstStart::bootstrap);
  EXPECT_TRUE(group.settle());
}

TEST(FirstStartOfAGroup, IsGoneOnWithAfterACrashAtAnyMoment) {
  for (int moment = 0; moment < 120; moment += 3) {
    Group group;
    for (const Place n : {1, 2, 3}) group.start(n, FirstStart::bootstrap);
    group.pass(std::chrono::milliseconds(moment));
    for (const Place n : {1, 2, 3}) group.crash(n);
    for (const Place n : {1, 2, 3}) group.restart(n);
    ASSERT_TRUE(group.settle()) << moment << " ms";
    EXPECT_EQ(group.config(1).voters(), 3u) << moment << " ms";
  }
}

TEST(FirstStartOfAGroup, SaysNothingBeforeItsIdentityIsDurable) {
  Group group;
  group.start(1, FirstStart::bootstrap);
  group.crash(1);
  group.disk(1) = {};
  group.disk(1).hold_ballot = true;
  group.restart(1);
  const auto before = group.sent<wire::Hello>();
  group.pass(1s);
  EXPECT_EQ(group.sent<wire::Hello>(), before);
  group.disk(1).hold_ballot = false;
  group.report(1);
  group.start(2, FirstStart::bootstrap);
  group.pass(1s);
  group.start(3, FirstStart::bootstrap);
  EXPECT_TRUE(group.settle());
}

TEST(FirstStartOfAGroup, OneAloneFoundsAGroupOfOneAndServes) {
  Group group;
  group.start(1, FirstStart::init);
  ASSERT_TRUE(group.settle());
  EXPECT_TRUE(group.add(1, 4));
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.value(1), 4);
  group.crash(1);
  group.restart(1);
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.value(1), 4);
}

TEST(FirstStartOfAGroup, AnEmptyDiskThatWouldFoundIsToldThatAGroupExists) {
  Group group;
  group.found(3);
  group.start(4, FirstStart::bootstrap);
  group.pass(1s);
  const auto refused = group.events<event::Refused>(4);
  ASSERT_FALSE(refused.empty());
  EXPECT_EQ(refused[0].why, event::Refused::Why::swarm_exists);
  EXPECT_EQ(group.view(4).role, Role::stranger);
}

}  // namespace
}  // namespace swarm::test
