// What keeps a swarm from being without a master for ever: a voter that is no master always has a
// timer that leads to an election (SoloTracker checks it after every step), hears every voter that
// asks for its vote, and knows clocks that are below zero.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

bool granted(const SoloTracker& t) {
  for (const auto& reply : t.said<wire::VoteReply>())
    if (reply.granted) return true;
  return false;
}

wire::KeepAlive keep_alive(const SoloTracker& t, std::uint32_t quorum_age_us) {
  auto state = t.master_state(1, 1, 0);
  state.quorum_age_us = quorum_age_us;
  return {state};
}

// Follows master 2, until the promise has run out and it asks for pre-votes.
void suspect(SoloTracker& t) {
  t.keep_alive(2, 1);
  for (int i = 0; i < 200 && t.said<wire::PreVote>().empty(); ++i) t.pass(1ms);
  ASSERT_FALSE(t.said<wire::PreVote>().empty());
  t.forget();
}

// ---- A voter always has a timer

TEST(AlwaysATimer, AfterAKeepAliveThatRenewsNoPromise) {
  SoloTracker t;
  suspect(t);
  t.hear(2, 1, keep_alive(t, 45'000));
  EXPECT_EQ(t.view().master, MemberId{2});
  EXPECT_TRUE(t.view().awaits_election);
  t.pass(45ms);  // it has as long as a promise to renew it
  EXPECT_TRUE(t.said<wire::PreVote>().empty());
  t.pass(10ms);
  EXPECT_FALSE(t.said<wire::PreVote>().empty());
}

TEST(AlwaysATimer, AKeepAliveThatALaterOneOvertookEndsNoElection) {
  SoloTracker t;
  const auto late = keep_alive(t, 0);
  t.skip(5ms);
  suspect(t);
  t.hear(2, 1, late);
  EXPECT_EQ(t.view().master, MemberId{});
  t.hear(3, 1, wire::PreVoteReply{Term{2}, 1, 0});
  EXPECT_EQ(t.view().role, Role::candidate);
}

TEST(AlwaysATimer, AfterTheFirstKeepAliveOfAMasterThatNobodyHears) {
  SoloTracker t;
  t.hear(3, 1, keep_alive(t, 900'000));
  t.pass(60ms);
  EXPECT_FALSE(t.said<wire::PreVote>().empty());
}

TEST(AlwaysATimer, WithDrawnWaitsToo) {
  TrackerSettings settings;
  settings.election = ElectionOrder::drawn;
  SoloTracker t({.settings = settings});
  for (int i = 0; i < 400 && t.said<wire::PreVote>().empty(); ++i) t.pass(1ms);
  ASSERT_FALSE(t.said<wire::PreVote>().empty());
  t.hear(2, 1, keep_alive(t, 900'000));
  t.forget();
  t.pass(301ms);
  EXPECT_FALSE(t.said<wire::PreVote>().empty());
}

// Its CONFIG comes with a snapshot that was being written when the master fell silent. It asks for
// no vote until the snapshot is in force, and then it is no voter.
TEST(AlwaysATimer, AnElectionEndsWhenASnapshotSaysThatItIsNoVoter) {
  db::Snapshot snapshot;
  snapshot.applied = {LogIndex{50}, Term{1}, SwarmTime{2'000'000}, PeerRowId{1}};
  snapshot.config_index = LogIndex{40};
  snapshot.config = voters(3);
  snapshot.config.members[0].standing = Standing::learner;
  const auto bytes = wire::encode_snapshot(snapshot);
  SoloTracker t;
  t.keep_alive(2, 1, 60, 1, 50);
  t.hold_log();
  t.hear(2, 1, wire::SnapshotMeta{4, LogIndex{50}, Term{1}, bytes.size(), wire::hash_bytes(bytes)});
  t.hear(2, 1, wire::SnapshotData{4, 0, bytes});
  t.forget();
  t.pass(200ms);
  EXPECT_EQ(t.events<event::MasterSuspected>().size(), 1u);
  EXPECT_TRUE(t.said<wire::PreVote>().empty());  // its log is about to be replaced
  t.sync_log();
  t.hold_log(false);
  EXPECT_EQ(t.view().role, Role::learner);
  t.forget();
  t.vote_reply(2, 2);
  t.vote_reply(3, 2);
  t.pass(1s);
  EXPECT_EQ(t.view().role, Role::learner);
  EXPECT_TRUE(t.said<wire::Vote>().empty());
  EXPECT_TRUE(t.said<wire::PreVote>().empty());
}

// ---- Without PREVOTE each candidacy is a new term

TrackerSettings without_pre_vote() {
  TrackerSettings settings;
  settings.pre_vote = false;
  return settings;
}

// Whose log is too old can never win, and stood every 60 ms: each new term put off the own
// suspicion by a promise.
TEST(WithoutPreVote, OneThatCannotWinDoesNotKeepOthersFromStanding) {
  SoloTracker t({.log = {block(2, 1)}, .settings = without_pre_vote()});
  t.vote(3, 2, 1, 1);  // puts off its own first candidacy by a promise, and no more
  for (std::uint64_t term = 3; term < 20 && t.said<wire::Vote>().empty(); ++term) {
    t.pass(20ms);
    if (t.said<wire::Vote>().empty()) t.vote(3, term, 1, 1);
  }
  EXPECT_FALSE(t.said<wire::Vote>().empty());
  EXPECT_FALSE(granted(t));
}

// Follows master 2, which names it the second successor, until its promise has run out: it waits
// for its rank, 40 ms. What it has nobody else has.
struct WaitsForItsRank : testing::Test {
  WaitsForItsRank() : t({.log = {block(2, 1)}, .settings = with_long_ranks()}) {
    auto state = t.master_state(2, 1, 1);
    state.successors.add(MemberId{3});
    state.successors.add(self);
    t.hear(2, 1, wire::KeepAlive{state});
    t.pass(60ms);
    t.forget();
  }
  static TrackerSettings with_long_ranks() {
    auto settings = without_pre_vote();
    settings.rank_delay = 40ms;
    return settings;
  }
  SoloTracker t;
};

TEST_F(WaitsForItsRank, AndStandsThenThoughAHigherTermCame) {
  t.vote(3, 2, 1, 1);
  ASSERT_EQ(t.view().term, Term{2});
  t.pass(25ms);
  EXPECT_TRUE(t.said<wire::Vote>().empty());
  t.pass(10ms);
  EXPECT_FALSE(t.said<wire::Vote>().empty());
}

TEST_F(WaitsForItsRank, AndStandsThenThoughHigherTermsComeMoreOftenThanARankLasts) {
  for (std::uint64_t term = 2; term < 40 && t.said<wire::Vote>().empty(); ++term) {
    t.vote(3, term, 1, 1);
    t.pass(10ms);
  }
  EXPECT_FALSE(t.said<wire::Vote>().empty());
  EXPECT_FALSE(granted(t));
}

// One that stands itself has a time at which it stands again.
TEST_F(WaitsForItsRank, AndWhoStandsStandsAgainThoughHigherTermsCome) {
  t.pass(45ms);
  ASSERT_EQ(t.view().role, Role::candidate);
  t.forget();
  t.vote(3, 9, 1, 1);
  ASSERT_EQ(t.view().role, Role::slave);
  t.pass(31ms);  // vote_retry_max
  t.vote(3, 10, 1, 1);
  t.pass(41ms);  // its rank
  EXPECT_FALSE(t.said<wire::Vote>().empty());
}

// On disks that take longer than a promise they stood against each other for ever.
TEST(WithoutPreVote, NobodyStandsWhileHisVoteForAnotherIsBeingWritten) {
  SoloTracker t({.settings = without_pre_vote()});
  t.hold_ballot();
  t.vote(3, 2, 1, 1);
  t.pass(300ms);
  EXPECT_TRUE(t.said<wire::Vote>().empty());
  t.sync_ballot();
  EXPECT_TRUE(granted(t));
}

// ---- Voters of a later CONFIG

Endpoint reply_to(const SoloTracker& t) {
  const auto replies = t.sent<wire::PreVoteReply>();
  return replies.empty() ? Endpoint{} : replies.back().to;
}

TEST(NewerVoters, AreGivenPreVoteAndVote) {
  SoloTracker t;
  t.hear(4, 1, wire::PreVote{Term{2}, LogIndex{2}, Term{1}});
  EXPECT_EQ(reply_to(t), address_of(4));
  EXPECT_EQ(t.said<wire::PreVoteReply>().at(0).granted, 1);
  t.vote(4, 2, 2, 1);
  EXPECT_TRUE(granted(t));
  EXPECT_EQ(t.sent<wire::VoteReply>().at(0).to, address_of(4));
}

TEST(NewerVoters, MayBeOfALaterTerm) {
  SoloTracker t;
  t.hear(4, 6, wire::PreVote{Term{7}, LogIndex{2}, Term{5}});
  EXPECT_EQ(t.view().term, Term{6});
  EXPECT_EQ(t.said<wire::PreVoteReply>().at(0).granted, 1);
}

TEST(NewerVoters, GetNeitherFromWhoHasPromised) {
  SoloTracker t;
  t.keep_alive(2, 1);
  t.hear(4, 6, wire::PreVote{Term{7}, LogIndex{2}, Term{5}});
  t.vote(4, 6, 2, 5);
  EXPECT_EQ(t.view().term, Term{1});
  EXPECT_FALSE(granted(t));
  EXPECT_TRUE(t.said<wire::PreVoteReply>().empty());
  EXPECT_EQ(t.rejected(Reject::not_a_member), 1u);
}

TEST(NewerVoters, DoNotDeposeAMaster) {
  SoloTracker t;
  t.serve();
  const Term term = t.view().term;
  t.hear(4, 9, wire::PreVote{Term{10}, LogIndex{9}, Term{9}});
  t.vote(4, 9, 9, 9);
  EXPECT_EQ(t.view().role, Role::master);
  EXPECT_EQ(t.view().term, term);
  EXPECT_FALSE(granted(t));
}

// Members 1, 2 and 4: the third was taken out by the CONFIG of block 1.
Config without_the_third() {
  Config config = voters(4);
  config.members.erase(config.members.begin() + 2);
  return config;
}

TEST(NewerVoters, AreNoneThatACommittedConfigTookOut) {
  SoloTracker t({.config = without_the_third()});
  t.keep_alive(2, 1, 1, 1, 1);
  t.pass(55ms);
  t.forget();
  t.hear(3, 1, wire::PreVote{Term{2}, LogIndex{1}, Term{1}});
  t.vote(3, 2, 1, 1);
  EXPECT_TRUE(t.said<wire::PreVoteReply>().empty());
  EXPECT_FALSE(granted(t));
  EXPECT_EQ(t.rejected(Reject::not_a_member), 2u);
}

// Such a CONFIG may yet be truncated: then it was a voter all the time.
TEST(NewerVoters, MayBeWhoAnUncommittedConfigTookOut) {
  SoloTracker t({.config = without_the_third()});
  t.hear(3, 1, wire::PreVote{Term{2}, LogIndex{1}, Term{1}});
  EXPECT_EQ(t.said<wire::PreVoteReply>().size(), 1u);
}

TEST(NewerVoters, AreNotAnotherStoreOfAKnownMember) {
  SoloTracker t;
  auto header = t.header(3, 1);
  header.store = StoreId{999};
  t.hear(header, wire::PreVote{Term{2}, LogIndex{1}, Term{1}}, address_of(3));
  EXPECT_TRUE(t.said<wire::PreVoteReply>().empty());
  EXPECT_EQ(t.rejected(Reject::not_a_member), 1u);
}

// ---- A newcomer that is taken out before it has a CONFIG

TEST(Newcomers, TellTheirContactsWhoTheyAreUntilTheyHaveAConfig) {
  TrackerSettings settings;
  settings.first_start = FirstStart::join;
  settings.contacts = {address_of(2)};
  SoloTracker t({.settings = settings, .fresh = true});
  auto header = t.header(2, 3);
  t.pass(100ms);
  t.hear(header,
         wire::JoinReply{static_cast<std::uint8_t>(wire::JoinStatus::welcome), cluster_id,
                         MemberId{9}, t.store()},
         address_of(2));
  ASSERT_EQ(t.view().role, Role::learner);
  t.forget();
  t.pass(250ms);  // nobody says anything to it
  EXPECT_GE(t.said_to<wire::Status>(2).size(), 2u);
  t.hear(header,
         wire::JoinReply{static_cast<std::uint8_t>(wire::JoinStatus::removed), cluster_id,
                         MemberId{9}, t.store()},
         address_of(2));
  EXPECT_EQ(t.view().role, Role::removed);
}

// ---- Clocks below zero

TEST(ClocksBelowZero, ThePromiseIsWhatItIs) {
  SoloTracker t({.clock = Time(-100s)});
  t.keep_alive(2, 1);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().at(0).ack.promise_us, 50'000u);
  EXPECT_EQ(t.view().promise_until, t.now() + 50ms);
}

TEST(ClocksBelowZero, WhoHasPromisedNothingStands) {
  SoloTracker t({.clock = Time(-100s)});
  t.pass(200ms);
  EXPECT_FALSE(t.said<wire::PreVote>().empty());
}

TEST(ClocksBelowZero, AMasterOfOnesOwnDrawingHasNoLease) {
  TrackerSettings settings;
  settings.election = ElectionOrder::drawn;
  SoloTracker t({.settings = settings, .clock = Time(-100s)});
  t.serve();
  ASSERT_TRUE(t.view().serving);
  t.hear_peer({0x0a010001, 6881}, wire::ConnectRequest{TransactionId{1}});
  EXPECT_TRUE(t.replies().empty());
}

TEST(ClocksBelowZero, AMastersClockMayPassIt) {
  SoloTracker t;
  t.others_clock = Time{} - t.now() - 5ms;
  for (int i = 0; i < 20; ++i) {
    t.keep_alive(2, 1);
    EXPECT_EQ(t.view().promise_until, t.now() + 50ms);
    t.pass(1ms);
  }
}

TEST(ClocksBelowZero, SwarmTimeBeginsAtTheStart) {
  for (const auto clock : {Time(-100s), Time(1000h)}) {
    SoloTracker t({.clock = clock});
    t.serve();
    ASSERT_TRUE(t.view().serving);
    const SwarmTime told{t.said<wire::KeepAlive>().back().state.swarm_time_us};
    EXPECT_LT(told, SwarmTime{2'000'000});
  }
}

TEST(ClocksBelowZero, WhatWasAskedBeforeTheElectionIsAnswered) {
  SoloTracker t({.clock = Time(-100s)});
  t.hear_peer({0x0a010001, 6881}, wire::ConnectRequest{TransactionId{1}});
  t.serve();
  EXPECT_EQ(t.replied<wire::ConnectResponse>().size(), 1u);
}

// ---- A short stall

// A master that stood still for less than a promise: the first keep-alive tells an old age, and the
// next would come when the slaves' promises are over.
TEST(ShortStalls, TheAcknowledgementThatMakesTheQuorumYoungSendsAKeepAlive) {
  SoloTracker t;
  t.serve();
  t.pass_as_master(30ms);
  t.skip(44ms);
  t.forget();
  t.wake();
  ASSERT_EQ(t.said_to<wire::KeepAlive>(2).size(), 1u);
  EXPECT_GT(t.said_to<wire::KeepAlive>(2)[0].state.quorum_age_us, 40'000u);
  t.ready(2, t.view().last.value);
  ASSERT_EQ(t.said_to<wire::KeepAlive>(2).size(), 2u);
  EXPECT_LE(t.said_to<wire::KeepAlive>(2)[1].state.quorum_age_us, 40'000u);
  for (int i = 0; i < 5; ++i) t.ready(3, t.view().last.value);
  EXPECT_EQ(t.said_to<wire::KeepAlive>(2).size(), 2u) << "one, and not one for each";
}

TEST(ShortStalls, AnAcknowledgementThatLeavesItOldSendsNone) {
  SoloTracker t({.members = 5});
  t.win({2, 3});
  ASSERT_EQ(t.view().role, Role::master);
  for (int i = 0; i < 30; ++i) {
    t.pass(1ms);
    for (const std::uint32_t n : {2, 3}) t.ready(n, t.view().last.value);
  }
  t.skip(44ms);
  t.wake();
  t.forget();
  t.ready(2, t.view().last.value);  // two of five
  EXPECT_TRUE(t.said<wire::KeepAlive>().empty());
  t.ready(3, t.view().last.value);
  EXPECT_FALSE(t.said<wire::KeepAlive>().empty());
}

}  // namespace
}  // namespace swarm::test
