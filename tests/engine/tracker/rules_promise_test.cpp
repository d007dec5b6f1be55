// R1 and R10 of the cluster protocol: the promise to a master, and that a restart does not forget
// it.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"
#include "tests/engine/tracker/votes.hpp"

namespace swarm::test::votes {
namespace {

using wire::VoteFlag;

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

// Whoever plays back the last keep-alive of a dead master does not keep its slaves from electing
// another one: neither before the promise has run out, nor when they have given the master up.
TEST(R01Promise, ACopyOfAKeepAliveRenewsNothing) {
  SoloTracker t;
  const wire::KeepAlive last{t.master_state(1, 1, 1)};
  t.hear(2, 1, last);
  const auto asked = [&t] { return !t.said<wire::PreVote>().empty(); };
  t.forget();
  for (int i = 0; i < 20 && !asked(); ++i) {
    t.pass(10ms);
    t.hear(2, 1, last);
  }
  ASSERT_TRUE(asked());
  EXPECT_EQ(t.view().master, MemberId{});
  t.hear(2, 1, last);
  EXPECT_EQ(t.view().master, MemberId{});
  t.vote(3, 2, 1, 1);
  EXPECT_TRUE(granted(t));
}

// A master that was not heard for a moment sends one message that renews nothing (R7), and at the
// same time, when the first acknowledgement comes, one that does.
TEST(R01Promise, OneOfTheMessagesOfAMomentRenewsIt) {
  SoloTracker t;
  follow(t);
  t.skip(40ms);
  wire::KeepAlive stale{t.master_state(1, 1, 1)}, fresh = stale;
  stale.state.quorum_age_us = 1'000'000;
  t.hear(2, 1, stale);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.promise_us, 0u);
  t.hear(2, 1, fresh);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.promise_us, 50'000u);
  t.skip(30ms);
  t.hear(2, 1, fresh);  // copies
  t.hear(2, 1, stale);
  t.skip(19ms);
  t.vote(3, 2, 1, 1);
  EXPECT_FALSE(granted(t));
  t.skip(2ms);
  t.vote(3, 2, 1, 1);
  EXPECT_TRUE(granted(t)) << "the copies have renewed nothing";
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
  t.skip(1ms);
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

}  // namespace
}  // namespace swarm::test::votes
