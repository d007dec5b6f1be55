// R22 of the cluster protocol: disks that are wiped, come back old, or are of members removed.
#include <gtest/gtest.h>

#include "tests/engine/tracker/newcomers.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::newcomers {
namespace {

constexpr auto removed = static_cast<std::uint8_t>(wire::JoinStatus::removed);

TEST(R22Stores, AWipedDiskReplacesItsPredecessorInFourSteps) {
  SoloTracker t(with_quick_voters());
  t.serve();
  std::vector<std::uint32_t> members, voting;
  for (int i = 0; i < 1200; ++i) {  // member 3 is silent, its new disk asks to join
    if (i % 5 == 0) join(t, 203, 3);
    t.pass_as_master(10ms);
    if (t.view().members == 3 && t.tracker().config().find(MemberId{4}))
      t.ready(2, t.view().last.value);
    if (members.empty() || members.back() != t.view().members || voting.back() != t.view().voters) {
      members.push_back(t.view().members);
      voting.push_back(t.view().voters);
    }
    if (t.tracker().config().find(MemberId{4})) {
      auto header = t.header(4, t.view().term.value);
      header.store = StoreId{203};
      t.hear(header, wire::Ready{t.acknowledgement(t.view().last.value)}, address_of(3));
    }
  }
  EXPECT_EQ(members, (std::vector<std::uint32_t>{3, 2, 3, 3}));
  EXPECT_EQ(voting, (std::vector<std::uint32_t>{3, 2, 2, 3}));
  EXPECT_EQ(t.tracker().config().find(MemberId{3}), nullptr);  // ids are not used again
}

TEST(R22Stores, TheOldStoreIsNotRemovedBeforeTenSecondsOfSilence) {
  SoloTracker t;
  t.serve();
  for (int i = 0; i < 99; ++i) {
    join(t, 203, 3);
    t.pass_as_master(100ms);
  }
  EXPECT_TRUE(t.tracker().config().find(MemberId{3}));
}

TEST(R22Stores, NorWhileItIsHeard) {
  SoloTracker t;
  t.serve();
  for (int i = 0; i < 150; ++i) {
    join(t, 203, 3);
    t.hear(3, t.view().term.value, wire::Status{});
    t.pass_as_master(100ms);
  }
  EXPECT_TRUE(t.tracker().config().find(MemberId{3}));
}

TEST(R22Stores, AnOldDiskIsTold) {
  Config config = voters(3);
  config.members[2].id = MemberId{4};  // 3 was replaced
  config.members[2].store = StoreId{203};
  config.next_id = MemberId{5};
  SoloTracker t({.config = config});
  t.serve();
  t.hear(3, 1, wire::Status{});
  const auto told = t.said<wire::JoinReply>();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].status, removed);
  EXPECT_EQ(told[0].store, store_of(3));
}

Config without_old_disk_3() {
  Config config = voters(3);
  config.members[2].id = MemberId{4};  // 3 was replaced
  config.members[2].store = StoreId{203};
  config.next_id = MemberId{5};
  return config;
}

// It came back after the master had changed to one that it does not know, and that does not know
// it.
TEST(R22Stores, AnOldDiskIsToldByASlaveToo) {
  SoloTracker t({.config = without_old_disk_3()});
  t.keep_alive(2, 1, 1, 1, 1);
  ASSERT_EQ(t.view().commit, LogIndex{1});
  t.hear(3, 1, wire::Status{});
  const auto told = t.said_to<wire::JoinReply>(3);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].status, removed);
  EXPECT_EQ(told[0].store, store_of(3));
}

TEST(R22Stores, ASlaveSaysSoOnlyOfAnIdThatACommittedConfigHadGiven) {
  SoloTracker t({.config = without_old_disk_3()});
  t.hear(3, 1, wire::Status{});
  EXPECT_TRUE(t.said<wire::JoinReply>().empty()) << "that CONFIG may yet be truncated";
  t.keep_alive(2, 1, 1, 1, 1);
  t.hear(5, 1, wire::Status{});
  EXPECT_TRUE(t.said<wire::JoinReply>().empty()) << "it may be of a later CONFIG";
  auto other_disk = t.header(2, 1);
  other_disk.store = StoreId{202};
  t.hear(other_disk, wire::Status{}, address_of(2));
  EXPECT_TRUE(t.said<wire::JoinReply>().empty()) << "only a master judges a store";
}

// All that it knew may be gone, too.
TEST(R22Stores, WhoHearsNoMemberTellsItsContactsThatItIsThere) {
  TrackerSettings settings;
  settings.contacts = {address_of(9)};
  SoloTracker t({.settings = settings});
  for (int i = 0; i < 30; ++i) {
    t.keep_alive(2, 1);
    t.pass(100ms);
  }
  EXPECT_TRUE(t.said_to<wire::Status>(9).empty());
  t.pass(2s);
  EXPECT_GE(t.said_to<wire::Status>(9).size(), 5u);
}

TEST(R22Stores, WhoIsToldSoTakesNoPartAnyMore) {
  SoloTracker t;
  t.keep_alive(2, 3);
  t.hear(2, 3, wire::JoinReply{removed, cluster_id, self, store_of(1)});
  EXPECT_EQ(t.view().role, Role::removed);
  ASSERT_EQ(t.events<event::Refused>().size(), 1u);
  EXPECT_EQ(t.events<event::Refused>()[0].why, event::Refused::Why::removed);
  t.forget();
  t.pass(2s);
  t.vote(2, 9, 9, 9);
  EXPECT_TRUE(t.sent<wire::Vote>().empty() && t.sent<wire::VoteReply>().empty() &&
              t.sent<wire::PreVote>().empty() && t.sent<wire::Status>().empty());
}

TEST(R22Stores, AnOldTermOrAnotherStoreIsNotBelieved) {
  SoloTracker t({.term = 3});
  t.hear(2, 2, wire::JoinReply{removed, cluster_id, self, store_of(1)});
  t.hear(2, 3, wire::JoinReply{removed, cluster_id, self, store_of(2)});
  t.hear(2, 3, wire::JoinReply{removed, ClusterId{8}, self, store_of(1)});
  EXPECT_NE(t.view().role, Role::removed);
}

TEST(R22Stores, OfTwoMembersEitherDeathStopsTheAnswers) {
  SoloTracker t({.members = 2});
  t.serve();
  ASSERT_TRUE(t.view().serving);
  t.pass(70ms);
  EXPECT_NE(t.view().role, Role::master);
  t.pass(2s);
  EXPECT_NE(t.view().role, Role::master);
}

TEST(R22Stores, WhoIsRemovedSoonAfterItJoinedIsNotTakenInAgain) {
  SoloTracker t;
  t.serve();
  join(t, 104, 4);
  t.pass_as_master(150ms);
  ASSERT_EQ(t.view().members, 4u);
  EXPECT_TRUE(remove(t, 4));
  t.pass_as_master(1s);
  EXPECT_EQ(t.view().members, 3u);
}

TEST(R22Stores, NobodyIsToldThatItIsRemovedBeforeThatIsCommitted) {
  SoloTracker t;
  t.serve();
  const auto before = t.view().last.value;
  t.act([](Tracker& k, Time now, Outbox& out) { k.remove(now, MemberId{3}, out); });
  ASSERT_EQ(t.view().last.value, before + 1);
  t.forget();
  t.hear(3, t.view().term.value, wire::Status{});
  EXPECT_TRUE(t.said<wire::JoinReply>().empty());  // the entry may yet be truncated
  t.ready(2, before + 1);
  t.hear(3, t.view().term.value, wire::Status{});
  EXPECT_EQ(t.said<wire::JoinReply>().size(), 1u);
}

}  // namespace
}  // namespace swarm::test::newcomers
