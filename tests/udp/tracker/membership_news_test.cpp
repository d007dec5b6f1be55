// Of a log that is read to catch up only what is current is told.
#include "transport/udp/tracker/membership_news.hpp"

#include <gtest/gtest.h>

namespace swarm::udp {
namespace {

struct Newcomer {
  Newcomer() {
    view.role = Role::learner;
    view.master = {1};
    master.member.id = {1};
    other.member.id = {2};
    other.last_heard = 0ns;
    other.told.last = {9};
  }
  void read(std::uint64_t index) {
    view.last = {index};
    news.changed({LogIndex{index}, 3, 3});
  }
  // The block whose CONFIG is told now; 0: nothing.
  std::uint64_t told() {
    const auto config = news.take(view, {other, master});
    return config ? config->index.value : 0;
  }

  MembershipNews news;
  TrackerView view;
  MemberReport master, other;
};

TEST(MembershipNews, WhatIsReadToCatchUpIsToldOnceAndOnlyTheLast) {
  Newcomer t;
  t.master.last_heard = 0ns;
  t.master.told.last = {20};
  for (const std::uint64_t index : {3u, 7u, 19u}) {
    t.read(index);
    EXPECT_EQ(t.told(), 0u) << index;
  }
  EXPECT_TRUE(t.news.waits());
  t.view.last = {20};
  EXPECT_EQ(t.told(), 19u);
  EXPECT_EQ(t.told(), 0u) << "once";
  EXPECT_FALSE(t.news.waits());
}

TEST(MembershipNews, WhoIsUpToDateTellsAtOnce) {
  Newcomer t;
  t.master.last_heard = 0ns;
  t.master.told.last = {20};
  t.read(21);  // the master's report is older
  EXPECT_EQ(t.told(), 21u);
}

TEST(MembershipNews, AMasterTellsAtOnce) {
  Newcomer t;
  t.view.role = Role::master;
  t.read(4);
  EXPECT_EQ(t.told(), 4u);
}

TEST(MembershipNews, NobodyKnowsHowFarAMasterIsThatHasNotToldIt) {
  Newcomer t;
  t.read(30);
  EXPECT_EQ(t.told(), 0u) << "never heard";
  t.master.last_heard = 0ns;
  EXPECT_EQ(t.told(), 0u) << "heard, without a report";
  t.master.told.last = {30};
  t.view.master = {};
  EXPECT_EQ(t.told(), 0u) << "no master";
  t.view.master = {1};
  EXPECT_EQ(t.told(), 30u);
}

}  // namespace
}  // namespace swarm::udp
