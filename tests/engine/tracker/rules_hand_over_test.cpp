// R9 of the cluster protocol: a master hands over, or gives that up.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"
#include "tests/engine/tracker/votes.hpp"

namespace swarm::test::votes {
namespace {

using wire::VoteFlag;

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
}  // namespace swarm::test::votes
