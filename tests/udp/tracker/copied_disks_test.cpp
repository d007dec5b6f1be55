#include "transport/udp/tracker/copied_disks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarm::udp {
namespace {

using testing::HasSubstr;

std::vector<MemberReport> members(bool two_processes, std::uint64_t store = 9) {
  MemberReport one, other;
  one.member.id = MemberId{1};
  one.member.store = StoreId{8};
  other.member.id = MemberId{2};
  other.member.store = StoreId{store};
  other.two_processes = two_processes;
  return {one, other};
}

TEST(CopiedDisks, ThatTheOtherProcessHasEndedIsToldOnce) {
  CopiedDisks disks;
  EXPECT_TRUE(disks.look(members(false)).empty());
  EXPECT_TRUE(disks.look(members(true)).empty()) << "the tracker says that";
  EXPECT_TRUE(disks.look(members(true)).empty());
  const auto told = disks.look(members(false));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].first, LogLevel::notice);
  EXPECT_EQ(told[0].second,
            "one process alone is heard with the disk of member 2 now: the other one was not heard "
            "for ten seconds");
  EXPECT_TRUE(disks.look(members(false)).empty());
}

// The tracker tells of a disk once.
TEST(CopiedDisks, ThatTheyAreTwoAgainIsTold) {
  CopiedDisks disks;
  disks.look(members(true));
  disks.look(members(false));
  const auto told = disks.look(members(true));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].first, LogLevel::error);
  EXPECT_THAT(told[0].second, HasSubstr("two processes have the disk of member 2"));
}

TEST(CopiedDisks, OneThatHasLeftTheSwarmIsForgotten) {
  CopiedDisks disks;
  disks.look(members(true));
  EXPECT_TRUE(disks.look(members(false, 10)).empty());
  EXPECT_TRUE(disks.look(members(true)).empty()) << "the tracker says that";
}

}  // namespace
}  // namespace swarm::udp
