// R0, R2 to R6 of the cluster protocol: terms, votes, and when the winner answers.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"
#include "tests/engine/tracker/votes.hpp"

namespace swarm::test::votes {
namespace {

using wire::VoteFlag;

// ---- R0: terms

TEST(R00Terms, StartsInTheTermOfItsLastBlock) {
  SoloTracker t({.term = 2, .log = {block(2, 4)}});
  EXPECT_EQ(t.view().term, Term{4});
  EXPECT_EQ(t.view().durable_term, Term{4});
}

TEST(R00Terms, ALowerTermChangesNothingAndIsToldTheOwn) {
  SoloTracker t({.term = 3});
  follow(t, 3);
  t.forget();
  t.keep_alive(3, 2);
  EXPECT_EQ(t.view().master, MemberId{2});
  EXPECT_TRUE(t.said<wire::KeepAliveAck>().empty());
  const auto told = t.sent<wire::Status>();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].to, address_of(3));
  EXPECT_EQ(told[0].message.header.term, Term{3});
  EXPECT_EQ(t.rejected(Reject::old_term), 1u);
}

TEST(R00Terms, AHigherTermIsDurableBeforeAnythingIsAcknowledgedInIt) {
  SoloTracker t;
  t.hold_ballot();
  t.keep_alive(2, 5);
  EXPECT_EQ(t.view().term, Term{5});
  EXPECT_TRUE(t.said<wire::KeepAliveAck>().empty());
  t.sync_ballot();
  ASSERT_EQ(t.sent<wire::KeepAliveAck>().size(), 1u);
  EXPECT_EQ(t.sent<wire::KeepAliveAck>()[0].message.header.term, Term{5});
}

TEST(R00Terms, AMasterThatSeesAHigherTermStepsDown) {
  SoloTracker t;
  t.serve();
  ASSERT_EQ(t.view().role, Role::master);
  t.hear(3, t.view().term.value + 1, wire::Status{});
  EXPECT_EQ(t.view().role, Role::slave);
  EXPECT_FALSE(t.view().serving);
}

TEST(R00Terms, AReadyPreparedInALostTermIsNeverSent) {
  SoloTracker t;
  follow(t);
  t.hold_log();
  t.prepare(2, 1, block(2, 1), 1);
  t.forget();
  t.vote(3, 2, 2, 1, VoteFlag::certificate, 2);  // the master is dead; 3 has all that 2 had
  ASSERT_TRUE(granted(t));
  t.sync_log();
  EXPECT_TRUE(t.said<wire::Ready>().empty());
  EXPECT_TRUE(t.said<wire::KeepAliveAck>().empty());
}

TEST(R00Terms, AVoteOfALostTermIsNeverSent) {
  SoloTracker t;
  t.hold_ballot();
  t.vote(3, 2, 1, 1);
  t.keep_alive(2, 3);
  t.sync_ballot();
  EXPECT_TRUE(t.said<wire::VoteReply>().empty());
}

TEST(R00Terms, ADatagramOfAnotherClusterIsDropped) {
  SoloTracker t;
  auto header = t.header(2, 9);
  header.cluster = ClusterId{8};
  t.hear(header, wire::KeepAlive{t.master_state(1, 1, 0)}, address_of(2));
  EXPECT_EQ(t.view().term, Term{1});
  EXPECT_EQ(t.rejected(Reject::other_cluster), 1u);
}

// ---- R2: PREVOTE

TEST(R02PreVote, ChangesNothingDurable) {
  SoloTracker t;
  t.hold_ballot();
  t.hear(3, 1, wire::PreVote{Term{2}, LogIndex{1}, Term{1}});
  EXPECT_EQ(t.said<wire::PreVoteReply>().at(0).granted, 1);
  EXPECT_EQ(t.ballots_pending(), 0u);
  EXPECT_EQ(t.view().term, Term{1});
}

TEST(R02PreVote, NeedsALogAtLeastAsUpToDate) {
  SoloTracker t({.term = 2, .log = {block(2, 2)}});
  t.hear(3, 2, wire::PreVote{Term{3}, LogIndex{9}, Term{1}});  // longer, but older
  t.hear(3, 2, wire::PreVote{Term{3}, LogIndex{1}, Term{2}});  // shorter
  t.hear(3, 2, wire::PreVote{Term{3}, LogIndex{2}, Term{2}});
  const auto replies = t.said<wire::PreVoteReply>();
  ASSERT_EQ(replies.size(), 3u);
  EXPECT_EQ(replies[0].granted, 0);
  EXPECT_EQ(replies[0].rest_us, 0u);  // no promise forbids it: the log does
  EXPECT_EQ(replies[1].granted, 0);
  EXPECT_EQ(replies[2].granted, 1);
}

TEST(R02PreVote, IsAskedWithTheDurableLog) {
  SoloTracker t;
  follow(t);
  t.hold_log();
  t.prepare(2, 1, block(2, 1), 1);
  t.pass(80ms);
  ASSERT_FALSE(t.said<wire::PreVote>().empty());
  EXPECT_EQ(t.said<wire::PreVote>()[0].last, LogIndex{1});
}

TEST(R02PreVote, APartitionedMemberDoesNotRaiseItsTerm) {
  SoloTracker t;
  follow(t);
  t.pass(2s);
  EXPECT_GT(t.said<wire::PreVote>().size(), 10u);
  EXPECT_EQ(t.view().term, Term{1});
}

// ---- R3: standing

TEST(R03Standing, NeedsAMajorityOfPreVotes) {
  SoloTracker t({.members = 5});
  follow(t);
  while (t.said<wire::PreVote>().empty()) t.pass(1ms);
  const wire::PreVoteReply yes{Term{2}, 1, 0};
  t.hear(2, 1, yes);
  t.hear(2, 1, yes);  // the same one again
  EXPECT_EQ(t.view().term, Term{1});
  t.hear(3, 1, yes);
  EXPECT_EQ(t.view().term, Term{2});
  EXPECT_EQ(t.view().role, Role::candidate);
  EXPECT_EQ(t.said<wire::Vote>().size(), 4u);
}

TEST(R03Standing, TheOwnVoteCountsOnceItIsDurable) {
  SoloTracker t;
  follow(t);
  while (t.said<wire::PreVote>().empty()) t.pass(1ms);
  t.hold_ballot();
  t.hear(2, 1, wire::PreVoteReply{Term{2}, 1, 0});
  t.vote_reply(2, 2);
  EXPECT_EQ(t.view().role, Role::candidate);
  t.sync_ballot();
  EXPECT_EQ(t.view().role, Role::master);
}

TEST(R03Standing, OfASwarmOfOneNeedsNobodyElse) {
  SoloTracker t({.members = 1});
  t.pass(200ms);
  EXPECT_EQ(t.view().role, Role::master);
  EXPECT_TRUE(t.view().serving);
  EXPECT_GT(t.view().lease_until, t.now());
  t.pass(10s);
  EXPECT_EQ(t.view().role, Role::master);
  EXPECT_GT(t.view().lease_until, t.now());
}

// ---- R4: one vote per term

TEST(R04OneVotePerTerm, IsDurableBeforeTheReply) {
  SoloTracker t;
  t.hold_ballot();
  t.vote(3, 2, 1, 1);
  EXPECT_TRUE(t.said<wire::VoteReply>().empty());
  t.sync_ballot();
  EXPECT_TRUE(granted(t));
  EXPECT_EQ(t.ballot_db().load()->vote, MemberId{3});
}

TEST(R04OneVotePerTerm, SecondCandidateIsRefused) {
  SoloTracker t;
  t.vote(3, 2, 1, 1);
  t.skip(51ms);
  t.forget();
  t.vote(2, 2, 1, 1);
  ASSERT_EQ(t.said<wire::VoteReply>().size(), 1u);
  EXPECT_FALSE(granted(t));
}

TEST(R04OneVotePerTerm, SecondCandidateIsRefusedAcrossARestart) {
  SoloTracker t;
  t.vote(3, 2, 1, 1);
  t.restart();
  t.skip(60ms);
  t.forget();
  t.vote(2, 2, 1, 1);
  EXPECT_FALSE(granted(t));
  t.vote(3, 2, 1, 1);
  EXPECT_TRUE(granted(t));  // the first one may ask again
}

TEST(R04OneVotePerTerm, TheSameMembersNextProcessIsASecondCandidate) {
  SoloTracker t;
  t.vote(3, 2, 1, 1);
  t.skip(51ms);
  t.forget();
  auto header = t.header(3, 2);
  header.boot = BootId{77};
  t.hear(header, wire::Vote{LogIndex{1}, Term{1}, 0, {}, {}, {}, 0}, address_of(3));
  EXPECT_FALSE(granted(t));
}

TEST(R04OneVotePerTerm, ACandidateThatVotedForItselfRefusesTheOther) {
  SoloTracker t;
  follow(t);
  while (t.said<wire::PreVote>().empty()) t.pass(1ms);
  t.hear(2, 1, wire::PreVoteReply{Term{2}, 1, 0});
  ASSERT_EQ(t.view().role, Role::candidate);
  t.vote(3, 2, 9, 1);
  EXPECT_FALSE(granted(t));
  EXPECT_EQ(t.view().vote, self);
}

TEST(R04OneVotePerTerm, OnlyForALogAtLeastAsUpToDate) {
  SoloTracker t({.term = 2, .log = {block(2, 2)}});
  t.vote(3, 3, 9, 1);  // longer, but older
  t.vote(3, 3, 1, 2);  // shorter
  EXPECT_FALSE(granted(t));
  EXPECT_EQ(t.said<wire::VoteReply>().size(), 2u);
  t.vote(3, 3, 2, 2);
  EXPECT_TRUE(granted(t));
}

TEST(R04OneVotePerTerm, AVotersReplyCountsOnce) {
  SoloTracker t({.members = 5});
  follow(t);
  while (t.said<wire::PreVote>().empty()) t.pass(1ms);
  t.hear(2, 1, wire::PreVoteReply{Term{2}, 1, 0});
  t.hear(3, 1, wire::PreVoteReply{Term{2}, 1, 0});
  t.vote_reply(2, 2);
  t.vote_reply(2, 2);
  t.vote_reply(2, 2);
  EXPECT_EQ(t.view().role, Role::candidate);
  t.vote_reply(4, 2);
  EXPECT_EQ(t.view().role, Role::master);
}

TEST(R04OneVotePerTerm, AVoteForAnotherBootIsVoid) {
  SoloTracker t;
  follow(t);
  while (t.said<wire::PreVote>().empty()) t.pass(1ms);
  t.hear(2, 1, wire::PreVoteReply{Term{2}, 1, 0});
  t.hear(2, 2, wire::VoteReply{1, BootId{4}, SoloTracker::ns(t.now()), 50'000});
  EXPECT_EQ(t.view().role, Role::candidate);
}

TEST(R04OneVotePerTerm, APledgeToTheSuccessorIsToldOnlyWhenItAsksWithAGoodLog) {
  SoloTracker t({.term = 1, .log = {block(2, 1)}});
  t.hear(3, 1, wire::Status{});  // whose boot is known
  auto state = t.master_state(2, 1, 0);
  state.successors.add(MemberId{3});
  state.successors.add(self);
  t.hear(2, 1, wire::KeepAlive{state});
  t.forget();
  t.hear(2, 1, wire::Dead{MemberId{2}, boot_of(2), store_of(2)});
  EXPECT_EQ(t.view().vote, MemberId{3});
  EXPECT_TRUE(t.said<wire::VoteReply>().empty());
  t.vote(3, 2, 1, 1, VoteFlag::certificate, 2);
  EXPECT_FALSE(granted(t));
  t.vote(3, 2, 2, 1, VoteFlag::certificate, 2);
  EXPECT_TRUE(granted(t));
}

// ---- R5: when a winner answers

TEST(R05FirstAnswer, WaitsForTheNoopOfItsOwnTerm) {
  SoloTracker t;
  const Endpoint peer{0x0a010001, 6881};
  t.win();
  ASSERT_EQ(t.view().role, Role::master);
  t.hear_peer(peer, wire::ConnectRequest{TransactionId{1}});
  EXPECT_TRUE(t.replies().empty());
  EXPECT_FALSE(t.view().serving);
  t.ready(2, t.view().last.value);
  EXPECT_TRUE(t.view().serving);
  EXPECT_EQ(t.replied<wire::ConnectResponse>().size(), 1u);  // that was kept
}

TEST(R05FirstAnswer, WaitsForTheLease) {
  SoloTracker t;
  t.win();
  t.skip(45ms);  // the votes' promises count for 40 ms
  t.ready(2, t.view().last.value, 44'000);
  EXPECT_EQ(t.view().commit, t.view().last);
  EXPECT_FALSE(t.view().serving);
  t.ready(2, t.view().last.value);
  EXPECT_TRUE(t.view().serving);
}

TEST(R05FirstAnswer, ANoopThatIsOnlyOnTheOwnDiskIsNotCommitted) {
  SoloTracker t;
  t.win();
  EXPECT_EQ(t.view().durable, t.view().last);
  EXPECT_EQ(t.view().commit, LogIndex{});
}

// ---- R6: learners and strangers

TEST(R06Learners, NeverCountInAnElection) {
  Config config = voters(3);
  config.members.push_back(learner(4));
  config.next_id = MemberId{5};
  SoloTracker t({.config = config});
  follow(t);
  while (t.said<wire::PreVote>().empty()) t.pass(1ms);
  t.hear(4, 1, wire::PreVoteReply{Term{2}, 1, 0});
  EXPECT_EQ(t.view().term, Term{1});
  t.hear(2, 1, wire::PreVoteReply{Term{2}, 1, 0});
  t.vote_reply(4, 2);
  EXPECT_EQ(t.view().role, Role::candidate);
  t.vote_reply(3, 2);
  EXPECT_EQ(t.view().role, Role::master);
}

TEST(R06Learners, AnUnknownStoreNeverCounts) {
  SoloTracker t;
  follow(t);
  while (t.said<wire::PreVote>().empty()) t.pass(1ms);
  auto header = t.header(2, 1);
  header.store = StoreId{999};
  t.hear(header, wire::PreVoteReply{Term{2}, 1, 0}, address_of(2));
  t.hear(9, 1, wire::PreVoteReply{Term{2}, 1, 0});
  EXPECT_EQ(t.view().term, Term{1});
  EXPECT_EQ(t.rejected(Reject::not_a_member), 2u);
}

TEST(R06Learners, DoNotStand) {
  Config config = voters(3);
  config.members[0].standing = Standing::learner;
  SoloTracker t({.config = config});
  follow(t);
  t.pass(1s);
  EXPECT_EQ(t.view().role, Role::learner);
  EXPECT_TRUE(t.said<wire::PreVote>().empty());
}

TEST(R06Learners, PromiseNothing) {
  Config config = voters(3);
  config.members[0].standing = Standing::learner;
  SoloTracker t({.config = config});
  follow(t);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().at(0).ack.promise_us, 0u);
}

}  // namespace
}  // namespace swarm::test::votes
