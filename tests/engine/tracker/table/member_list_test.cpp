#include "engine/tracker/table/member_list.hpp"

#include <gtest/gtest.h>

namespace swarm {
namespace {

MemberList list_of(std::uint32_t n) {
  MemberList list;
  for (std::uint32_t i = 0; i < n; ++i) list.push_back({i, 2 * i, 3});
  return list;
}

TEST(MemberList, HoldsAsManyAsComeInTheirOrder) {
  for (const std::uint32_t n : {1U, 2U, 100U, MemberList::segment, MemberList::segment + 1,
                                3 * MemberList::segment, 70'000U}) {
    auto list = list_of(n);
    ASSERT_EQ(list.size(), n);
    for (std::uint32_t i = 0; i < n; ++i) ASSERT_EQ(list[i].ip, 2 * i) << i << " of " << n;
    list.pop_back();
    EXPECT_EQ(list.size(), n - 1);
  }
}

// A content with millions of peers: nothing of what is there is moved for one more.
TEST(MemberList, OfALargeOneNothingMoves) {
  auto list = list_of(MemberList::segment + 1);
  const auto* const first = &list[0];
  const auto* const last = &list[MemberList::segment];
  std::size_t before = list.memory(), most = 0;
  for (std::uint32_t i = 0; i < 500'000; ++i) {
    list.push_back({});
    most = std::max(most, list.memory() - before);
    before = list.memory();
  }
  EXPECT_EQ(&list[0], first);
  EXPECT_EQ(&list[MemberList::segment], last);
  EXPECT_LE(most, MemberList::segment * sizeof(MemberList::Entry) + 1024);
}

// Nor is all of it freed at once when the last one has gone.
TEST(MemberList, ALargeOneGivesItsMemoryBackByAndBy) {
  auto list = list_of(100'000);
  std::size_t before = list.memory(), most = 0;
  while (list.size() > 0) {
    ASSERT_EQ(list[list.size() - 1].ip, 2 * (list.size() - 1));
    list.pop_back();
    most = std::max(most, before - list.memory());
    before = list.memory();
  }
  EXPECT_LE(before, 2 * MemberList::segment * sizeof(MemberList::Entry) + 1024);
  EXPECT_LE(most, MemberList::segment * sizeof(MemberList::Entry) + 1024);
  for (std::uint32_t i = 0; i < 100'000; ++i) list.push_back({i, i, 3});  // and grows again
  for (std::uint32_t i = 0; i < 100'000; ++i) ASSERT_EQ(list[i].ip, i);
}

TEST(MemberList, ASingleMemberTakesNoMemory) {
  EXPECT_EQ(list_of(1).memory(), 0U);
}

}  // namespace
}  // namespace swarm
