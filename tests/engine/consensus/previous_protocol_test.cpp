// An upgrade: some members know only the previous version of the protocol.
#include <gtest/gtest.h>

#include "tests/engine/consensus/group.hpp"

namespace swarm::test {
namespace {

Group::Options upgrading() {
  Group::Options options;
  options.sessions = true;
  options.settings.previous_protocol = true;
  return options;
}

// Member 1 is the master.
void expect_one_log_with_previous_version_at(Place n) {
  Group group(upgrading());
  group.downgrade(n);
  group.found(3);
  ASSERT_TRUE(group.add(1, 5));
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.value(2), 5);
  EXPECT_EQ(group.value(3), 5);
}

TEST(PreviousProtocolInAGroup, AMasterOfThePresentVersionLeadsMembersOfBoth) {
  expect_one_log_with_previous_version_at(2);
}

TEST(PreviousProtocolInAGroup, AMasterOfThePreviousVersionLeadsMembersOfBoth) {
  expect_one_log_with_previous_version_at(1);
}

TEST(PreviousProtocolInAGroup, MembersOfBothVersionsElectAMaster) {
  Group group(upgrading());
  group.downgrade(2);
  group.found(3);
  ASSERT_TRUE(group.add(1, 5));
  group.crash(1);
  ASSERT_TRUE(group.pass_until([&] { return group.master() != 0; }));
  ASSERT_TRUE(group.add(group.master(), 7));
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.value(2), 12);
  EXPECT_EQ(group.value(3), 12);
}

TEST(PreviousProtocolInAGroup, AnInstanceOfThePreviousVersionJoins) {
  Group group(upgrading());
  group.found(3);
  ASSERT_TRUE(group.add(1, 5));
  group.downgrade(4);
  group.start(4, FirstStart::join);
  ASSERT_TRUE(group.pass_until([&] { return group.view(4).role == Role::learner; }));
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.value(4), 5);
}

// One after the other, the master last. At each moment the swarm has a majority that serves.
TEST(PreviousProtocolInAGroup, AllAreUpgradedOneByOne) {
  Group group(upgrading());
  for (const Place n : {1, 2, 3}) group.downgrade(n);
  group.found(3);
  std::int64_t value = 0;
  for (const Place n : {2, 3, 1}) {
    group.crash(n);
    group.upgrade(n);
    ASSERT_TRUE(group.pass_until([&] { return group.master() != 0; }));
    ASSERT_TRUE(group.add(group.master(), 1));
    group.restart(n);
    ASSERT_TRUE(group.settle());
    EXPECT_EQ(group.value(n), ++value);
  }
  group.pass(2s);
  group.count_versions();
  group.pass(2s);
  EXPECT_EQ(group.sent_in_version(1), 0u) << "all speak the present version";
  EXPECT_GT(group.sent_in_version(wire::protocol_version), 0u);
}

TEST(PreviousProtocolInAGroup, TheSettingIsRemovedOneByOne) {
  Group group(upgrading());
  group.found(3);
  std::int64_t value = 0;
  for (const Place n : {2, 3, 1}) {
    group.allow_previous_protocol(n, false);
    group.crash(n);
    group.restart(n);
    ASSERT_TRUE(group.pass_until([&] { return group.master() != 0; }));
    ASSERT_TRUE(group.add(group.master(), 1));
    ASSERT_TRUE(group.settle());
    EXPECT_EQ(group.value(n), ++value);
  }
}

TEST(PreviousProtocolInAGroup, WithoutTheSettingNobodySpeaksIt) {
  Group::Options options;
  options.sessions = true;
  Group group(options);
  group.found(3);
  group.start(4, FirstStart::join);
  group.crash(1);
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.sent_in_version(1), 0u);
  EXPECT_GT(group.sent_in_version(wire::protocol_version), 0u);
}

}  // namespace
}  // namespace swarm::test
