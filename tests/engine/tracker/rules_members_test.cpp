// R20 of the cluster protocol: changes of membership, one by one.
#include <gtest/gtest.h>

#include "tests/engine/tracker/newcomers.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::newcomers {
namespace {

// The CONFIGs that a master has put into its log.
std::vector<Config> proposed(const SoloTracker& t) {
  std::vector<Config> configs;
  LogIndex last;
  for (const auto& p : t.said<wire::Prepare>()) {
    const auto operations = wire::decode_operations(p.operations);
    if (p.index <= last || operations->empty()) continue;
    last = p.index;
    if (const auto* config = std::get_if<Config>(&operations->front())) configs.push_back(*config);
  }
  return configs;
}

TEST(R20Members, AnEntryIsInForceFromItsAppend) {
  SoloTracker t;
  t.keep_alive(2, 1);
  Config four = voters(4);
  t.prepare(2, 1, block(2, 1, four), 1);
  EXPECT_EQ(t.view().voters, 4u);
  EXPECT_LT(t.view().commit, LogIndex{2});
}

TEST(R20Members, ATruncationUndoesIt) {
  SoloTracker t({.term = 2, .log = {block(2, 2, voters(4))}});
  ASSERT_EQ(t.view().voters, 4u);
  t.prepare(2, 3, block(2, 3), 1);
  EXPECT_EQ(t.view().voters, 3u);
}

TEST(R20Members, ATruncatedPromotionMakesALearnerOfIt) {
  Config config = voters(3);
  config.members[0].standing = Standing::learner;
  SoloTracker t({.term = 2, .log = {block(2, 2, voters(3))}, .config = config});
  ASSERT_EQ(t.view().role, Role::slave);
  t.prepare(2, 3, block(2, 3), 1);
  EXPECT_EQ(t.view().role, Role::learner);
}

TEST(R20Members, TheLastEntryIsInForceAfterARestart) {
  SoloTracker t;
  t.prepare(2, 1, block(2, 1, voters(4)), 1);
  t.restart();
  EXPECT_EQ(t.view().voters, 4u);
}

TEST(R20Members, NoneChangesBeforeACommitInTheOwnTerm) {
  SoloTracker t({.members = 4});
  t.win({2, 3});
  EXPECT_TRUE(remove(t, 4));  // taken, carried out later
  t.pass(30ms);
  EXPECT_TRUE(proposed(t).empty());
  t.ready(2, t.view().last.value);
  t.ready(3, t.view().last.value);
  for (int i = 0; i < 120; ++i) {
    t.pass(1ms);
    t.ready(2, t.view().last.value);
    t.ready(3, t.view().last.value);
  }
  ASSERT_EQ(proposed(t).size(), 1u);
  EXPECT_EQ(proposed(t)[0].voters(), 3u);
}

TEST(R20Members, TheNextChangeWaitsForTheCommitOfTheOneBefore) {
  SoloTracker t({.members = 5});
  t.win({2, 3});
  const auto noop = t.view().last.value;
  t.ready(2, noop);
  t.ready(3, noop);
  EXPECT_TRUE(remove(t, 4));
  EXPECT_TRUE(remove(t, 5));
  for (int i = 0; i < 150; ++i) {  // heard, but nothing new is durable
    t.pass(2ms);
    t.ready(2, noop);
    t.ready(3, noop);
  }
  ASSERT_EQ(proposed(t).size(), 1u);
  EXPECT_EQ(t.view().members, 4u);
  t.ready(2, noop + 1);
  t.ready(3, noop + 1);
  for (int i = 0; i < 60; ++i) {
    t.pass(2ms);
    t.ready(2, noop + 1);
    t.ready(3, noop + 1);
  }
  EXPECT_EQ(t.view().members, 3u);
}

TEST(R20Members, TheMasterDoesNotRemoveItself) {
  SoloTracker t;
  t.serve();
  EXPECT_FALSE(remove(t, 1));
  EXPECT_FALSE(remove(t, 9));
}

// Of three, one is dead: a CONFIG of a living one and a dead one would never be committed.
TEST(R20Members, ALivingVoterIsNotRemovedWhileAnotherIsDead) {
  SoloTracker t;
  t.serve();
  t.pass_as_master(100ms);
  EXPECT_FALSE(remove(t, 2));
  const auto order = static_cast<std::uint8_t>(wire::Order::What::remove);
  t.hear(2, t.view().term.value, wire::Order{order, MemberId{2}});
  t.pass_as_master(300ms);
  EXPECT_EQ(t.view().members, 3u);
  EXPECT_TRUE(remove(t, 3));  // the dead one
  t.pass_as_master(300ms);
  EXPECT_EQ(t.view().members, 2u);
  EXPECT_TRUE(t.view().serving);
  EXPECT_TRUE(remove(t, 2));  // then the other: a swarm of one
  t.pass_as_master(300ms);
  EXPECT_EQ(t.view().members, 1u);
}

TEST(R20Members, ALivingVoterIsRemovedOnceTheOthersAreAQuorumAgain) {
  SoloTracker t;
  t.serve();
  t.pass_as_master(100ms);
  EXPECT_FALSE(remove(t, 2));
  t.ready(3, t.view().last.value);
  EXPECT_TRUE(remove(t, 2));
  EXPECT_EQ(t.view().members, 2u);
}

// It was taken while 3 was alive, and waits for the commit of another CONFIG.
TEST(R20Members, ARemovalThatWaitsIsLookedAtAgain) {
  Config config = voters(3);
  config.members.push_back(learner(4));
  config.next_id = MemberId{5};
  SoloTracker t({.config = config});
  t.serve();
  const auto before = t.view().last.value;
  t.ready(3, before);
  EXPECT_TRUE(remove(t, 4));
  EXPECT_TRUE(remove(t, 2));
  for (int i = 0; i < 100; ++i) {
    t.pass(1ms);
    t.ready(2, before);
  }
  t.pass_as_master(300ms);  // 3 is silent
  EXPECT_EQ(t.view().members, 3u);
  EXPECT_TRUE(t.tracker().config().find(MemberId{2}));
  for (int i = 0; i < 200; ++i) {
    t.pass_as_master(1ms);
    t.ready(3, t.view().last.value);
  }
  EXPECT_FALSE(t.tracker().config().find(MemberId{2}));
}

TEST(R20Members, ALearnerCanAlwaysBeSpared) {
  Config config = voters(3);
  config.members.push_back(learner(4));
  config.next_id = MemberId{5};
  SoloTracker t({.config = config});
  t.serve();
  EXPECT_TRUE(remove(t, 4));
  EXPECT_EQ(t.view().members, 3u);
}

TEST(R20Members, ANewcomerBecomesALearnerFirstAndIsPromotedWhenItHasCaughtUp) {
  SoloTracker t(with_quick_voters());
  t.serve();
  join(t, 104, 4);
  t.pass_as_master(150ms);
  ASSERT_EQ(t.view().members, 4u);
  EXPECT_EQ(t.tracker().config().find(MemberId{4})->standing, Standing::learner);
  EXPECT_EQ(t.view().voters, 3u);
  t.pass_as_master(1s);  // it is silent
  EXPECT_EQ(t.view().voters, 3u);
  for (int i = 0; i < 150; ++i) {
    t.pass_as_master(1ms);
    t.ready(4, t.view().last.value);
  }
  EXPECT_EQ(t.view().voters, 4u);
}

TEST(R20Members, ALearnerFarBehindIsNotPromoted) {
  auto options = with_quick_voters();
  options.settings.window = 1;
  SoloTracker t(std::move(options));
  t.serve();
  join(t, 104, 4);
  t.pass_as_master(150ms);
  for (int i = 0; i < 150; ++i) {
    t.pass_as_master(1ms);
    t.ready(4, 1);
  }
  EXPECT_EQ(t.view().voters, 3u);
}

TEST(R20Members, ANewcomerIsWelcomeOnlyWhenItsEntryIsCommitted) {
  SoloTracker t;
  t.serve();
  const auto before = t.view().last.value;
  join(t, 104, 4);
  for (int i = 0; i < 150 && t.view().members == 3; ++i) {
    t.pass(1ms);
    t.ready(2, before);
  }
  ASSERT_EQ(t.view().members, 4u);
  join(t, 104, 4);
  EXPECT_TRUE(t.said<wire::JoinReply>().empty());  // the entry may be lost, and its id another's
  t.ready(2, t.view().last.value);
  join(t, 104, 4);
  ASSERT_EQ(t.said<wire::JoinReply>().size(), 1u);
  EXPECT_EQ(t.said<wire::JoinReply>()[0].status, welcome);
  EXPECT_EQ(t.said<wire::JoinReply>()[0].member, MemberId{4});
  EXPECT_EQ(t.said<wire::JoinReply>()[0].store, StoreId{104});
}

TEST(R20Members, AStrangersWordsCountForNothing) {
  SoloTracker t;
  t.serve();
  t.hear(4, t.view().term.value + 5, wire::Status{});
  EXPECT_EQ(t.view().role, Role::master);
  EXPECT_EQ(t.rejected(Reject::not_a_member), 1u);
}

}  // namespace
}  // namespace swarm::test::newcomers
