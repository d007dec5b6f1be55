// R21 of the cluster protocol: the first start of a swarm, and who joins it; over multicast, too.
#include <gtest/gtest.h>

#include "tests/engine/tracker/newcomers.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::newcomers {
namespace {

constexpr auto swarm_exists = static_cast<std::uint8_t>(wire::JoinStatus::swarm_exists);

// ---- R21: the first start

SoloTracker::Options fresh(FirstStart how, std::uint32_t expect = 3) {
  TrackerSettings settings;
  settings.first_start = how;
  settings.bootstrap_expect = expect;
  settings.contacts = {address_of(2), address_of(3)};
  return {.settings = settings, .fresh = true};
}
wire::Header stranger(std::uint64_t store) {
  return {{}, {}, {}, BootId{store}, StoreId{store}, {}};
}
void hello(SoloTracker& t, std::uint64_t store, std::uint32_t n, std::uint32_t expect = 3) {
  t.hear(stranger(store), wire::Hello{expect, address_of(n)}, address_of(n));
}
// Smaller and greater than any store that a tracker draws in these tests.
constexpr std::uint64_t small = 2, great = UINT64_MAX - 1;

db::Genesis genesis_with(StoreId own, std::uint64_t cluster = 55) {
  db::Genesis genesis;
  genesis.cluster = ClusterId{cluster};
  genesis.members = {{MemberId{1}, own, Standing::voter, true, address_of(1)},
                     {MemberId{2}, StoreId{small}, Standing::voter, true, address_of(2)},
                     {MemberId{3}, StoreId{great}, Standing::voter, true, address_of(3)}};
  return genesis;
}

TEST(R21FirstStart, SaysHelloOnlyOnceItsIdentityIsDurable) {
  auto options = fresh(FirstStart::bootstrap);
  SoloTracker t(options);
  EXPECT_TRUE(t.ballot_db().load());
  t.pass(60ms);
  ASSERT_FALSE(t.said<wire::Hello>().empty());
  EXPECT_EQ(t.sent<wire::Hello>()[0].message.header.store, t.ballot_db().load()->store);
  EXPECT_EQ(t.said<wire::Hello>()[0].expect, 3u);
}

TEST(R21FirstStart, SaysNothingBeforeItsIdentityIsDurable) {
  for (const auto how : {FirstStart::bootstrap, FirstStart::join, FirstStart::init}) {
    auto options = fresh(how);
    options.hold_ballot = true;
    SoloTracker t(options);
    EXPECT_EQ(t.ballots_pending(), 1u);
    hello(t, great, 2);
    hello(t, great - 1, 3);
    t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
    t.pass(500ms);
    EXPECT_EQ(t.datagrams(), 0u);
    EXPECT_EQ(t.ballots_pending(), 1u);  // bound to nothing
    t.sync_ballot();
    t.hold_ballot(false);
    t.pass(150ms);
    EXPECT_GT(t.datagrams() + t.view().last.value, 0u);
    EXPECT_EQ(t.ballot_db().load()->store, t.store());
  }
}

TEST(R21FirstStart, TooFewCandidatesFoundNothing) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  for (int i = 0; i < 100; ++i) {
    hello(t, great, 2);
    t.pass(50ms);
  }
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
  EXPECT_EQ(t.view().role, Role::stranger);
}

TEST(R21FirstStart, SaysWhomItHears) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  EXPECT_TRUE(t.tracker().candidates().empty());
  hello(t, great, 2);
  EXPECT_EQ(t.tracker().candidates(), std::vector<Endpoint>{address_of(2)});
  t.pass(2s);
  EXPECT_TRUE(t.tracker().candidates().empty()) << "that was long ago";
}

TEST(R21FirstStart, ACandidateWithAnotherNumberIsNone) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  hello(t, great, 2, 5);
  hello(t, great - 1, 3);
  t.pass(200ms);
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
}

TEST(R21FirstStart, MoreCandidatesThanExpectedAreRefused) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  for (std::uint64_t n = 0; n < 3; ++n) hello(t, great - n, static_cast<std::uint32_t>(n + 2));
  t.pass(100ms);
  ASSERT_EQ(t.events<event::Refused>().size(), 1u);
  EXPECT_EQ(t.events<event::Refused>()[0].why, event::Refused::Why::too_many_candidates);
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
}

TEST(R21FirstStart, TheProposerIsBoundDurablyBeforeItOffers) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hold_ballot();
  hello(t, great, 2);
  hello(t, great - 1, 3);
  t.pass(100ms);
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
  EXPECT_EQ(t.ballots_pending(), 1u);
  t.sync_ballot();
  EXPECT_EQ(t.said<wire::GenesisOffer>().size(), 2u);
  EXPECT_TRUE(t.ballot_db().load()->genesis);
}

TEST(R21FirstStart, OnlyTheSmallestStoreProposes) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  hello(t, small, 2);
  hello(t, great, 3);
  t.pass(500ms);
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
}

TEST(R21FirstStart, IsBoundDurablyBeforeItSaysSo) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hold_ballot();
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  EXPECT_TRUE(t.said<wire::GenesisAck>().empty());
  t.sync_ballot();
  ASSERT_FALSE(t.said<wire::GenesisAck>().empty());
  EXPECT_EQ(t.said<wire::GenesisAck>()[0].bound, ClusterId{55});
}

TEST(R21FirstStart, IsBoundToOneFoundingEverAcrossRestarts) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store(), 55)}, address_of(2));
  t.restart();
  t.forget();
  t.hear(stranger(great), wire::GenesisOffer{genesis_with(t.store(), 66)}, address_of(3));
  EXPECT_EQ(t.ballot_db().load()->genesis->cluster, ClusterId{55});
  for (const auto& ack : t.said<wire::GenesisAck>()) EXPECT_EQ(ack.bound, ClusterId{55});
  t.hear(stranger(small), wire::GenesisAck{ClusterId{66}}, address_of(2));
  t.hear(stranger(great), wire::GenesisAck{ClusterId{66}}, address_of(3));
  EXPECT_EQ(t.view().role, Role::stranger);
}

TEST(R21FirstStart, AnOfferThatDoesNotNameItIsRefused) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(StoreId{12345})}, address_of(2));
  EXPECT_FALSE(t.ballot_db().load()->genesis);
}

TEST(R21FirstStart, AnOfferOfAnotherNumberIsRefused) {
  SoloTracker t(fresh(FirstStart::bootstrap, 5));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  EXPECT_FALSE(t.ballot_db().load()->genesis);
}

TEST(R21FirstStart, EntryOneExistsOnceAllAreBound) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));  // the same one twice
  t.hear(stranger(99), wire::GenesisAck{ClusterId{55}}, address_of(3));     // none of the three
  EXPECT_EQ(t.view().last, LogIndex{});
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  EXPECT_EQ(t.view().last, LogIndex{1});
  EXPECT_EQ(t.view().voters, 3u);
  EXPECT_EQ(t.view().member, MemberId{1});
  EXPECT_EQ(t.view().role, Role::slave);
}

TEST(R21FirstStart, AMemberOfTheSwarmThatItIsBoundToTellsThatAllAreBound) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  const wire::Header header{ClusterId{55}, MemberId{2}, {}, BootId{2}, StoreId{small}, Term{1}};
  t.hear(header, wire::Status{}, address_of(2));
  EXPECT_EQ(t.view().role, Role::slave);
}

TEST(R21FirstStart, GoesOnAfterARestartOfABoundStore) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  t.restart();
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  EXPECT_EQ(t.view().last, LogIndex{1});
}

TEST(R21FirstStart, GoesOnWhenTheCrashCameBetweenBallotAndEntryOne) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hold_log();
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  t.restart();  // the log's disk had not reported
  t.hold_log(false);
  EXPECT_EQ(t.view().member, MemberId{1});
  EXPECT_EQ(t.view().last, LogIndex{1});
  EXPECT_EQ(t.view().role, Role::slave);
}

// Else a crash would leave a log to a store that belongs to nobody, and would found again upon it.
TEST(R21FirstStart, EntryOneIsWrittenAfterTheBallotThatSaysWhoseItIs) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hold_ballot();
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  EXPECT_TRUE(t.tracker_db().load().log.empty());
  t.restart();
  t.hold_ballot(false);
  EXPECT_EQ(t.view().role, Role::stranger);
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  EXPECT_EQ(t.view().role, Role::slave);
  EXPECT_EQ(t.view().durable, LogIndex{1});
  EXPECT_EQ(t.tracker_db().load().log.size(), 1u);
}

// Meanwhile it applies what its swarm commits: all of that is written in the end.
TEST(R21FirstStart, WhatIsAppliedBeforeTheBallotIsDurableIsWrittenAfterIt) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hold_ballot();
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  const wire::Header master{ClusterId{55}, MemberId{2}, {}, BootId{2}, StoreId{small}, Term{1}};
  for (std::uint8_t i = 2; i <= 4; ++i) {
    const auto b = block(i, 1, Register{content(i), {0x0a010000U + i, 6881}, PeerState::leecher});
    t.hear(master,
           wire::Prepare{t.master_state(i, 1, i), b->index, b->term, Term{1}, 0, b->operations},
           address_of(2));
    t.pass(20ms);
  }
  EXPECT_EQ(t.view().applied, LogIndex{4});
  EXPECT_TRUE(t.tracker_db().load().log.empty());
  t.sync_ballot();
  t.hold_ballot(false);
  t.pass(100ms);
  EXPECT_EQ(t.view().rows_applied, LogIndex{4});
  EXPECT_EQ(t.tracker_db().load().tables.contents.size(), 3u);
}

TEST(R21FirstStart, InitFoundsAloneAndServes) {
  SoloTracker t(fresh(FirstStart::init));
  t.pass(500ms);
  EXPECT_EQ(t.view().voters, 1u);
  EXPECT_TRUE(t.view().serving);
}

TEST(R21FirstStart, InitGoesOnAfterARestart) {
  SoloTracker t(fresh(FirstStart::init));
  t.hold_ballot();
  t.pass(100ms);
  ASSERT_TRUE(t.ballots_pending() > 0);
  t.hold_log();
  t.sync_ballot();  // bound; what it leads to is lost
  t.restart();
  t.hold_ballot(false);
  t.hold_log(false);
  t.pass(1s);
  EXPECT_TRUE(t.view().serving);
}

TEST(R21FirstStart, AFormedSwarmUnderThisSecretIsRefused) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(2, 1, wire::JoinReply{swarm_exists, cluster_id, {}, t.store()});
  ASSERT_EQ(t.events<event::Refused>().size(), 1u);
  EXPECT_EQ(t.events<event::Refused>()[0].why, event::Refused::Why::swarm_exists);
}

TEST(R21FirstStart, AFormedSwarmSaysSo) {
  SoloTracker t;
  hello(t, 500, 9);
  ASSERT_EQ(t.said<wire::JoinReply>().size(), 1u);
  EXPECT_EQ(t.said<wire::JoinReply>()[0].status, swarm_exists);
  EXPECT_EQ(t.said<wire::JoinReply>()[0].store, StoreId{500});
}

TEST(R21FirstStart, WhoJoinsIsALearnerThatFetchesAll) {
  SoloTracker t(fresh(FirstStart::join));
  t.pass(60ms);
  ASSERT_FALSE(t.said<wire::Join>().empty());
  EXPECT_TRUE(t.said<wire::Hello>().empty());
  t.hear(2, 4, wire::JoinReply{welcome, cluster_id, MemberId{4}, t.store()});
  EXPECT_EQ(t.view().role, Role::learner);
  EXPECT_EQ(t.view().member, MemberId{4});
  t.keep_alive(2, 4, 9, 4, 9);
  t.pass(5ms);
  ASSERT_FALSE(t.said<wire::Fetch>().empty());
  EXPECT_EQ(t.said<wire::Fetch>()[0].first, LogIndex{1});
}

TEST(R21FirstStart, WhoJoinsBelievesNoWelcomeForAnotherStore) {
  SoloTracker t(fresh(FirstStart::join));
  t.hear(2, 4, wire::JoinReply{welcome, cluster_id, MemberId{4}, StoreId{9}});
  EXPECT_EQ(t.view().role, Role::stranger);
}

TEST(R21FirstStart, AJoiningStoreTakesNoPartInAFounding) {
  SoloTracker t(fresh(FirstStart::join));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  EXPECT_FALSE(t.ballot_db().load()->genesis);
}

// ---- R21, with the group among the contacts: everyone hears it, and some hear it twice

constexpr Endpoint group{0xefff0001, 7000};

TEST(R21Multicast, TheSameHelloTwiceIsOneCandidate) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  for (int i = 0; i < 3; ++i) {  // by the group and by its own address
    hello(t, great, 2);
    hello(t, great, 2);
  }
  t.pass(100ms);
  EXPECT_TRUE(t.events<event::Refused>().empty());
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
  hello(t, great - 1, 3);
  t.pass(100ms);
  ASSERT_FALSE(t.said<wire::GenesisOffer>().empty());
  EXPECT_EQ(t.said<wire::GenesisOffer>()[0].genesis.members.size(), 3u);
}

TEST(R21Multicast, ItsOwnCopyIsNoCandidate) {
  auto options = fresh(FirstStart::bootstrap, 2);
  options.settings.contacts = {group};
  SoloTracker t(options);
  for (int i = 0; i < 5; ++i) {
    t.pass(50ms);
    for (const auto& s : t.sent<wire::Hello>()) {
      EXPECT_EQ(s.to, group);
      t.hear(s.message.header, s.message.body, address_of(1));
    }
    t.forget();
  }
  EXPECT_GT(t.rejected(Reject::not_for_me), 0u);
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
  EXPECT_FALSE(t.ballot_db().load()->genesis);
}

TEST(R21Multicast, OnlyTheMasterAnswersAJoin) {
  SoloTracker slave;
  slave.keep_alive(2, 1);
  join(slave, 104, 4);
  slave.pass(300ms);
  EXPECT_TRUE(slave.said<wire::JoinReply>().empty());
  SoloTracker other(fresh(FirstStart::bootstrap));  // nor does who is in no swarm itself
  join(other, 104, 4);
  other.pass(300ms);
  EXPECT_TRUE(other.said<wire::JoinReply>().empty());
  EXPECT_TRUE(other.said<wire::GenesisOffer>().empty());
}

TEST(R21Multicast, TheSameJoinTwiceIsOneMember) {
  SoloTracker t;
  t.serve();
  for (int i = 0; i < 20; ++i) {
    join(t, 104, 4);
    join(t, 104, 4);
    t.pass_as_master(10ms);
  }
  EXPECT_EQ(t.view().members, 4u);
}

TEST(R21Multicast, ASecondWelcomeChangesNothing) {
  SoloTracker t(fresh(FirstStart::join));
  t.hear(2, 4, wire::JoinReply{welcome, cluster_id, MemberId{4}, t.store()});
  t.hear(2, 4, wire::JoinReply{welcome, cluster_id, MemberId{4}, t.store()});
  EXPECT_EQ(t.events<event::Founded>().size(), 1u);
  EXPECT_EQ(t.view().member, MemberId{4});
}

TEST(R21Multicast, AnswersOfAllMembersAreOneRefusal) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  for (const std::uint32_t n : {2, 3, 4, 5})
    t.hear(n, 1, wire::JoinReply{swarm_exists, cluster_id, {}, t.store()});
  ASSERT_EQ(t.events<event::Refused>().size(), 1u);
  EXPECT_EQ(t.events<event::Refused>()[0].why, event::Refused::Why::swarm_exists);
  t.forget();
  t.pass(1s);
  EXPECT_TRUE(t.sent<wire::Hello>().empty());
}

// A founder's HELLO that was late: the swarm has formed meanwhile, with this store in it.
TEST(R21Multicast, ABoundFounderIsNotRefused) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  t.hear(2, 1, wire::JoinReply{swarm_exists, ClusterId{55}, {}, t.store()});
  EXPECT_TRUE(t.events<event::Refused>().empty());
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  EXPECT_EQ(t.view().role, Role::slave);
}

}  // namespace
}  // namespace swarm::test::newcomers
