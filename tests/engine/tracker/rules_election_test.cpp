// R0 to R10 of the cluster protocol, one or more tests each, and the pitfalls that go with them.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

using wire::VoteFlag;

// Follows master 2 in `term`, promised to it.
void follow(SoloTracker& t, std::uint64_t term = 1) {
  t.keep_alive(2, term);
}

bool granted(const SoloTracker& t) {
  for (const auto& reply : t.said<wire::VoteReply>())
    if (reply.granted) return true;
  return false;
}

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

// ---- R1: the promise

TEST(R01Promise, NoVoteForAnotherUntilItHasRunOut) {
  SoloTracker t;
  follow(t);
  t.skip(49ms);
  t.vote(3, 2, 1, 1);
  EXPECT_FALSE(granted(t));
  EXPECT_EQ(t.view().term, Term{1});  // nor does the term change
  t.skip(2ms);
  t.vote(3, 2, 1, 1);
  EXPECT_TRUE(granted(t));
}

TEST(R01Promise, NoPreVoteForAnotherUntilItHasRunOut) {
  SoloTracker t;
  follow(t);
  t.skip(20ms);
  t.hear(3, 1, wire::PreVote{Term{2}, LogIndex{1}, Term{1}});
  const auto replies = t.said<wire::PreVoteReply>();
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].granted, 0);
  EXPECT_GE(replies[0].rest_us, 30'000u);
  EXPECT_LE(replies[0].rest_us, 30'001u);
}

// A copy of the master's data directory has its member id.
TEST(R01Promise, IsGivenToOneProcess) {
  SoloTracker t;
  follow(t);
  auto copy = t.header(2, 2);
  copy.boot = BootId{77};
  wire::Vote vote;
  vote.last = LogIndex{1};
  vote.last_term = Term{1};
  t.hear(copy, vote, address_of(2));
  EXPECT_FALSE(granted(t));
  copy.term = Term{1};
  t.hear(copy, wire::PreVote{Term{2}, LogIndex{1}, Term{1}}, address_of(2));
  ASSERT_EQ(t.said<wire::PreVoteReply>().size(), 1u);
  EXPECT_EQ(t.said<wire::PreVoteReply>()[0].granted, 0);
  t.skip(51ms);
  copy.term = Term{2};
  t.hear(copy, vote, address_of(2));
  EXPECT_TRUE(granted(t));
}
TEST(R01Promise, EachKeepAliveAndPrepareRenewsIt) {
  SoloTracker t;
  follow(t);
  t.skip(40ms);
  t.prepare(2, 1, block(2, 1), 1);
  t.skip(40ms);
  t.vote(3, 2, 2, 1);
  EXPECT_FALSE(granted(t));
}

TEST(R01Promise, AVoteHandedOverByItsOwnMasterIsAnException) {
  SoloTracker t;
  follow(t);
  t.vote(3, 2, 1, 1, VoteFlag::handed_over, 2);
  EXPECT_TRUE(granted(t));
}

TEST(R01Promise, AVoteHandedOverByAnotherIsNone) {
  SoloTracker t({.members = 5});
  follow(t);
  t.vote(3, 2, 1, 1, VoteFlag::handed_over, 4);
  EXPECT_FALSE(granted(t));
}

TEST(R01Promise, AVoteHandedOverInATermBeforeThePromiseIsNone) {
  SoloTracker t;
  follow(t, 3);  // 2 became master again, in the very term that 3 was offered
  t.vote(3, 3, 1, 1, VoteFlag::handed_over, 2);
  EXPECT_FALSE(granted(t));
  t.hear(3, 3, wire::PreVote{Term{4}, LogIndex{1}, Term{1}});
  EXPECT_EQ(t.said<wire::PreVoteReply>().at(0).granted, 0);
}

TEST(R01Promise, ACertificateOfTheVeryBootIsAnException) {
  SoloTracker t;
  follow(t);
  t.vote(3, 2, 1, 1, VoteFlag::certificate, 2);
  EXPECT_TRUE(granted(t));
}

TEST(R01Promise, ACertificateOfAnotherBootIsNone) {
  SoloTracker t;
  follow(t);
  wire::Vote vote;
  vote.last = LogIndex{1};
  vote.last_term = Term{1};
  vote.flag = static_cast<std::uint8_t>(VoteFlag::certificate);
  vote.former = MemberId{2};
  vote.former_boot = BootId{boot_of(2).value + 1};
  vote.former_store = store_of(2);
  t.hear(3, 2, vote);
  EXPECT_FALSE(granted(t));
  EXPECT_EQ(t.view().term, Term{1});
}

TEST(R01Promise, ACertificateIsNotBelievedWhenSettingsSayNo) {
  TrackerSettings settings;
  settings.certificates = false;
  SoloTracker t({.settings = settings});
  follow(t);
  t.vote(3, 2, 1, 1, VoteFlag::certificate, 2);
  EXPECT_FALSE(granted(t));
}

TEST(R01Promise, AVoteThatIsBeingWrittenIsNotToldAfterAPromiseToAnother) {
  SoloTracker t;
  t.hold_ballot();
  t.vote(3, 2, 1, 1);
  t.keep_alive(2, 2);  // who has won that term already
  t.sync_ballot();
  EXPECT_FALSE(granted(t));
  EXPECT_EQ(t.said<wire::KeepAliveAck>().size(), 1u);
  t.hear(3, 2, wire::PreVote{Term{3}, LogIndex{1}, Term{1}});
  EXPECT_EQ(t.said<wire::PreVoteReply>().at(0).granted, 0);
}

TEST(R01Promise, AMasterGrantsNoVoteAndKeepsItsTerm) {
  SoloTracker t;
  t.serve();
  const auto term = t.view().term.value;
  t.vote(3, term + 1, 9, term);
  t.vote(3, term + 1, 9, term, VoteFlag::certificate, 1);
  t.vote(3, term + 1, 9, term, VoteFlag::handed_over, 1);
  EXPECT_FALSE(granted(t));
  EXPECT_EQ(t.view().role, Role::master);
}

TEST(R01Promise, AVoteIsAPromiseToItsCandidate) {
  SoloTracker t;
  t.vote(3, 2, 1, 1);
  ASSERT_TRUE(granted(t));
  t.forget();
  t.vote(2, 3, 1, 1);
  EXPECT_FALSE(granted(t));
  EXPECT_EQ(t.view().term, Term{2});
}

TEST(R01Promise, TheFirstKeepAliveOfANewMasterRenewsItWhateverItsClockSays) {
  SoloTracker t;
  t.others_clock = 1h;  // the old master had been up for longer
  follow(t);
  t.skip(51ms);
  t.vote(3, 2, 1, 1);
  ASSERT_TRUE(granted(t));
  t.skip(30ms);
  t.others_clock = -5s;
  t.keep_alive(3, 2);
  const auto ack = t.said<wire::KeepAliveAck>().back().ack;
  EXPECT_EQ(ack.echo, SoloTracker::ns(t.now() - 5s));
  EXPECT_EQ(ack.promise_us, 50'000u);
  t.skip(30ms);
  t.vote(2, 3, 1, 1);
  EXPECT_EQ(t.view().term, Term{2});
}

TEST(R01Promise, ADelayedKeepAliveIsNotAnEchoOfTheFuture) {
  SoloTracker t;
  const auto old = wire::KeepAlive{t.master_state(1, 1, 0)};
  t.skip(5ms);
  follow(t);
  t.hear(2, 1, old);  // overtaken
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.echo, SoloTracker::ns(t.now()));
}

TEST(R01Promise, SilenceIsSuspectedWhenItHasRunOutAndNotBefore) {
  SoloTracker t;
  follow(t);
  t.pass(49ms);
  EXPECT_TRUE(t.said<wire::PreVote>().empty());
  t.pass(2ms + 4ms * 2);  // its rank's turn at the latest
  EXPECT_FALSE(t.said<wire::PreVote>().empty());
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

// ---- R7: a master that lost its quorum

TEST(R07QuorumAge, BeyondTheLeaseRenewsNoPromise) {
  SoloTracker t;
  auto state = t.master_state(1, 1, 0);
  state.quorum_age_us = 40'001;
  t.hear(2, 1, wire::KeepAlive{state});
  EXPECT_EQ(t.said<wire::KeepAliveAck>().at(0).ack.promise_us, 0u);
  t.vote(3, 2, 1, 1);
  EXPECT_TRUE(granted(t));
}

TEST(R07QuorumAge, WithinTheLeaseRenewsIt) {
  SoloTracker t;
  auto state = t.master_state(1, 1, 0);
  state.quorum_age_us = 40'000;
  t.hear(2, 1, wire::KeepAlive{state});
  EXPECT_EQ(t.said<wire::KeepAliveAck>().at(0).ack.promise_us, 50'000u);
  t.vote(3, 2, 1, 1);
  EXPECT_FALSE(granted(t));
}

TEST(R07QuorumAge, IsToldTrulyByAMaster) {
  SoloTracker t;
  t.serve();
  t.forget();
  t.pass(30ms);
  const auto told = t.said<wire::KeepAlive>();
  ASSERT_FALSE(told.empty());
  EXPECT_LT(told.front().state.quorum_age_us, 11'000u);
  EXPECT_GT(told.back().state.quorum_age_us, 19'000u);
}

// ---- R8

TEST(R08NoQuorum, StopsKeepAlivesAndBecomesASlaveAfterOnePromise) {
  SoloTracker t;
  t.serve();
  t.pass(49ms);
  EXPECT_EQ(t.view().role, Role::master);
  t.pass(12ms);  // the next look at it is a keep-alive later
  EXPECT_EQ(t.view().role, Role::slave);
  t.forget();
  t.pass(50ms);
  EXPECT_TRUE(t.said<wire::KeepAlive>().empty());
  EXPECT_TRUE(t.said<wire::Prepare>().empty());
}

TEST(R08NoQuorum, HeardByAMajorityItStays) {
  SoloTracker t({.members = 5});
  t.win({2, 3});
  for (int i = 0; i < 100; ++i) {
    t.pass(5ms);
    t.ready(2, t.view().last.value);
    t.ready(3, t.view().last.value);
  }
  EXPECT_EQ(t.view().role, Role::master);
}

TEST(R08NoQuorum, OneOfFourOthersIsNone) {
  SoloTracker t({.members = 5});
  t.win({2, 3});
  for (int i = 0; i < 20; ++i) {
    t.pass(5ms);
    t.ready(2, t.view().last.value);
    t.ready(2, t.view().last.value);
  }
  EXPECT_EQ(t.view().role, Role::slave);
}

TEST(R08NoQuorum, APausedMasterStepsDownBeforeItSaysAnything) {
  SoloTracker t;
  t.serve();
  t.skip(1s);
  t.forget();
  t.wake();
  EXPECT_EQ(t.view().role, Role::slave);
  EXPECT_TRUE(t.said<wire::KeepAlive>().empty());
}

// ---- R9: hand-over

void hand_over(SoloTracker& t) {
  t.act([](Tracker& tracker, Time now, Outbox& out) { tracker.hand_over(now, out); });
}

TEST(R09HandOver, IsOfferedToASlaveThatHasEverything) {
  SoloTracker t;
  t.serve();
  t.forget();
  hand_over(t);
  const auto offers = t.sent<wire::HandOver>();
  ASSERT_EQ(offers.size(), 1u);
  EXPECT_EQ(offers[0].to, address_of(2));
  EXPECT_TRUE(t.view().retired);
}

TEST(R09HandOver, NeverAnswersInThatTermAgain) {
  SoloTracker t;
  t.serve();
  hand_over(t);
  t.forget();
  for (int i = 0; i < 30; ++i) {  // still acknowledged, and asked
    t.hear_peer({0x0a010001, 6881}, wire::ConnectRequest{TransactionId{1}});
    t.ready(2, t.view().last.value);
    t.pass(5ms);
    EXPECT_FALSE(t.view().serving && !t.view().retired);
  }
  EXPECT_TRUE(t.replies().empty());
}

TEST(R09HandOver, WithoutAHigherTermItBecomesASlaveAfterOnePromise) {
  SoloTracker t;
  t.serve();
  hand_over(t);
  for (int i = 0; i < 51; ++i) {
    t.pass(1ms);
    t.ready(2, t.view().last.value);
  }
  EXPECT_EQ(t.view().role, Role::slave);
  t.forget();
  t.pass(30ms);
  EXPECT_TRUE(t.said<wire::KeepAlive>().empty());
  EXPECT_TRUE(t.said<wire::Prepare>().empty());
}

TEST(R09HandOver, ALongRoundTripDoesNotProlongIt) {
  SoloTracker t;
  t.serve();
  for (int i = 0; i < 60; ++i) {
    t.pass(2ms);
    t.ready(2, t.view().last.value, 30'000);
  }
  hand_over(t);
  for (int i = 0; i < 51; ++i) {
    t.pass(1ms);
    t.ready(2, t.view().last.value, 30'000);
  }
  EXPECT_EQ(t.view().role, Role::slave);
}

TEST(R09HandOver, ItsOwnVoteGoesToTheSuccessorAtOnce) {
  SoloTracker t;
  t.serve();
  hand_over(t);
  const auto term = t.view().term.value;
  wire::Vote vote;
  vote.last = t.view().last;
  vote.last_term = t.view().last_term;
  vote.flag = static_cast<std::uint8_t>(VoteFlag::handed_over);
  vote.former = self;
  vote.former_boot = t.boot_id();
  t.hear(2, term + 1, vote);
  EXPECT_TRUE(granted(t));
  EXPECT_EQ(t.view().term, Term{term + 1});
}

TEST(R09HandOver, TheSuccessorStandsAtOnceAndSkipsPreVotes) {
  SoloTracker t;
  follow(t);
  t.hear(2, 1, wire::HandOver{LogIndex{1}, LogIndex{1}, 0});
  EXPECT_TRUE(t.said<wire::PreVote>().empty());
  const auto votes = t.said<wire::Vote>();
  ASSERT_EQ(votes.size(), 2u);
  EXPECT_EQ(votes[0].flag, static_cast<std::uint8_t>(VoteFlag::handed_over));
  EXPECT_EQ(votes[0].former, MemberId{2});
  EXPECT_EQ(votes[0].former_boot, boot_of(2));
  EXPECT_EQ(t.view().term, Term{2});
}

TEST(R09HandOver, TheSuccessorWaitsForItsDisk) {
  SoloTracker t;
  follow(t);
  t.hold_log();
  t.prepare(2, 1, block(2, 1), 1);
  t.hear(2, 1, wire::HandOver{LogIndex{2}, LogIndex{2}, 0});
  EXPECT_TRUE(t.said<wire::Vote>().empty());
  t.sync_log();
  ASSERT_FALSE(t.said<wire::Vote>().empty());
  EXPECT_EQ(t.said<wire::Vote>()[0].last, LogIndex{2});
}

TEST(R09HandOver, IsTakenOnlyFromTheOwnMaster) {
  SoloTracker t;
  follow(t);
  t.hear(3, 1, wire::HandOver{LogIndex{1}, LogIndex{1}, 0});
  EXPECT_EQ(t.view().term, Term{1});
}

TEST(R09HandOver, IsNotOfferedToASlaveThatLacksABlock) {
  SoloTracker t;
  t.serve(2);
  for (int i = 0; i < 12; ++i) {  // 2 falls silent; 3 is heard, but has not got the NOOP
    t.pass(5ms);
    t.ready(3, 1);
  }
  hand_over(t);
  EXPECT_TRUE(t.said<wire::HandOver>().empty());
  t.ready(3, t.view().last.value);
  EXPECT_EQ(t.said_to<wire::HandOver>(3).size(), 1u);
}

// ---- R10: the restarted voter

TEST(R10Mute, ARestartedVoterGrantsNothingUntilItsHighestPromiseHasRunOut) {
  SoloTracker t;
  follow(t);
  t.restart();
  t.skip(49ms);
  t.forget();
  t.vote(3, 2, 1, 1);
  t.hear(3, 1, wire::PreVote{Term{2}, LogIndex{1}, Term{1}});
  EXPECT_FALSE(granted(t));
  EXPECT_EQ(t.view().term, Term{1});
  EXPECT_EQ(t.said<wire::PreVoteReply>().at(0).granted, 0);
  EXPECT_GE(t.said<wire::PreVoteReply>().at(0).rest_us, 1'000u);
  t.skip(2ms);
  t.vote(3, 2, 1, 1);
  EXPECT_TRUE(granted(t));
}

TEST(R10Mute, NotEvenForACertificateOrAHandOver) {
  SoloTracker t;
  follow(t);
  t.restart();
  t.vote(3, 2, 1, 1, VoteFlag::certificate, 2);
  t.vote(3, 2, 1, 1, VoteFlag::handed_over, 2);
  EXPECT_FALSE(granted(t));
}

TEST(R10Mute, ItDoesNotStandEither) {
  SoloTracker t({.promise = 400ms});
  t.restart();
  t.forget();
  t.pass(399ms);
  EXPECT_TRUE(t.said<wire::PreVote>().empty());
  EXPECT_TRUE(t.said<wire::Vote>().empty());
  t.pass(100ms);
  EXPECT_FALSE(t.said<wire::PreVote>().empty());
}

TEST(R10Mute, ALongerPromiseIsDurableBeforeItIsGiven) {
  TrackerSettings settings;
  settings.promise = 80ms;  // the disk knows 50 ms
  SoloTracker t({.settings = settings});
  t.hold_ballot();
  follow(t);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.promise_us, 50'000u);
  t.sync_ballot();
  follow(t);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.promise_us, 80'000u);
  EXPECT_EQ(t.ballot_db().load()->promise, 80ms);
}

TEST(R10Mute, ThreeElectionsBySilenceDoubleThePromiseDurably) {
  SoloTracker t;
  for (std::uint64_t term = 2; term <= 4; ++term) {
    t.skip(200ms);
    t.vote(3, term, 1, 1);
  }
  t.keep_alive(3, 4);
  t.keep_alive(3, 4);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.promise_us, 100'000u);
  EXPECT_EQ(t.ballot_db().load()->promise, 100ms);
  t.restart();
  t.skip(99ms);
  t.forget();
  t.vote(2, 5, 1, 1);
  EXPECT_FALSE(granted(t));
}

TEST(R10Mute, HandOversAndCertificatesDoNotCountAsSilence) {
  SoloTracker t;
  for (std::uint64_t term = 2; term <= 5; ++term) {
    t.skip(200ms);
    t.vote(3, term, 1, 1, VoteFlag::handed_over, 2);
  }
  t.keep_alive(3, 5);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.promise_us, 50'000u);
}

// A promise that became longer on the disk is stated for a sending that was promised less.
TEST(R01Promise, AnAcknowledgementNeverStatesMoreThanWasGivenForItsSending) {
  TrackerSettings settings;
  settings.promise = 80ms;  // the ballot's, of a former life: 50 ms
  SoloTracker t({.settings = settings});
  t.hold_ballot();
  t.keep_alive(2, 1);
  const Time until = t.view().promise_until;
  const Time sent = t.now();
  EXPECT_EQ(until, sent + 50ms);
  t.skip(1ms);
  t.sync_ballot();
  for (const auto& s : t.said<wire::KeepAliveAck>())
    EXPECT_LE(sent + std::chrono::microseconds(s.ack.promise_us), t.view().promise_until);
  // And what it means: the lease that its master counts on, against the vote that it gives.
  const auto stated = t.said<wire::KeepAliveAck>().back().ack.promise_us;
  const Time lease = sent + std::chrono::microseconds(stated / 5 * 4);
  t.skip(until + 1ms - t.now());
  t.hold_ballot(false);
  t.forget();
  t.vote(3, 2, 1, 1);
  bool granted = false;
  for (const auto& r : t.said<wire::VoteReply>()) granted = granted || r.granted;
  EXPECT_FALSE(granted && t.now() < lease) << "a vote within the lease of another";
}

// A registration waits for the disks of the others, which acknowledge all but that.
void keep_disks_busy(SoloTracker& t) {
  t.hear_peer({0x0a010001, 6881}, wire::ConnectRequest{TransactionId{1}});
  wire::AnnounceRequest announce{
      t.replied<wire::ConnectResponse>().at(0).connection, {2}, content(1), {}};
  announce.port = 6881;
  t.hear_peer({0x0a010001, 6881}, announce);
}
void pass_with_busy_disks(SoloTracker& t, Duration time) {
  for (Duration d = 0ns; d < time && t.exit_reason().empty(); d += 1ms) {
    t.pass(1ms);
    t.ready(2, t.view().last.value - 1);
  }
}

TEST(R09HandOver, IsGivenUpAfterFourPromisesAndThatIsTold) {
  SoloTracker t;
  t.serve();
  keep_disks_busy(t);
  hand_over(t);
  pass_with_busy_disks(t, 199ms);
  EXPECT_TRUE(t.events<event::HandOverGivenUp>().empty());
  pass_with_busy_disks(t, 2ms);
  const auto given_up = t.events<event::HandOverGivenUp>();
  ASSERT_EQ(given_up.size(), 1u);
  EXPECT_EQ(given_up[0].term, t.view().term);
  EXPECT_TRUE(t.view().serving);
  EXPECT_TRUE(t.events<event::HandOver>().empty());
}

TEST(R09HandOver, AStopThatGivesItUpSaysSoAndEnds) {
  SoloTracker t;
  t.serve();
  keep_disks_busy(t);
  t.act([](Tracker& tracker, Time now, Outbox& out) { tracker.stop(now, out); });
  pass_with_busy_disks(t, 201ms);
  EXPECT_EQ(t.events<event::HandOverGivenUp>().size(), 1u);
  EXPECT_EQ(t.exit_reason(), "stopped: nobody could take over");
}

TEST(R09HandOver, OneThatSucceedsIsNotGivenUp) {
  SoloTracker t;
  t.serve();
  hand_over(t);
  t.pass(1s);
  EXPECT_EQ(t.events<event::HandOver>().size(), 1u);
  EXPECT_TRUE(t.events<event::HandOverGivenUp>().empty());
}

TEST(R09HandOver, AStopThatLosesItsQuorumEndsToo) {
  SoloTracker t;
  t.serve();
  t.skip(30ms);
  t.hear_peer({0x0a010001, 6881}, wire::ConnectRequest{TransactionId{5}});
  t.pass(25ms);  // nobody hears it any more
  t.act([](Tracker& k, Time now, Outbox& out) { k.stop(now, out); });
  t.pass(10s);
  EXPECT_NE(t.exit_reason(), "");
}

}  // namespace
}  // namespace swarm::test
