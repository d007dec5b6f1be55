// Elections on a counter (R1 to R10): what begins one, who wins, and what forbids a vote.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/engine/consensus/group.hpp"

namespace swarm::test {
namespace {

std::size_t of(const std::vector<event::ElectionWon>& won, Cause cause) {
  return static_cast<std::size_t>(
      std::count_if(won.begin(), won.end(), [&](const auto& w) { return w.cause == cause; }));
}

TEST(ElectionBySilence, TheFirstSuccessorFollowsAMasterThatCrashed) {
  Group group;
  group.found(3);
  const auto term = group.view(1).term;
  ASSERT_TRUE(group.add(1, 5));
  ASSERT_TRUE(group.settle());
  group.crash(1);
  const Time crashed = group.now();
  ASSERT_TRUE(group.pass_until([&] { return group.master() == 2; }));
  EXPECT_GE(group.now() - crashed, 40ms) << "a promise of 50 ms, renewed at most 10 ms before";
  EXPECT_LE(group.now() - crashed, 70ms);
  EXPECT_EQ(group.view(2).term, term + 1);
  EXPECT_EQ(of(group.events<event::ElectionWon>(2), Cause::silence), 1u);
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.value(2), 5);
  EXPECT_EQ(group.value(3), 5);
}

TEST(ElectionBySilence, WithoutAQuorumNobodyWins) {
  Group group;
  group.found(3);
  const auto term = group.view(1).term;
  group.crash(1);
  group.crash(2);
  group.pass(5s);
  EXPECT_EQ(group.master(), 0u);
  EXPECT_EQ(group.view(3).term, term) << "PREVOTE raises no term (R2)";
  group.restart(1);
  EXPECT_TRUE(group.settle());
}

TEST(ElectionBySilence, OnlyWhoHasAllThatIsCommittedWins) {  // R4
  Group group;
  group.found(3);
  group.isolate(2);
  ASSERT_TRUE(group.add(1, 5));
  ASSERT_TRUE(group.pass_until([&] { return group.value(3) == 5; }));
  group.crash(1);
  group.heal();  // 2 is heard again, and has waited for longer
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.master(), 3u);
  EXPECT_EQ(group.value(2), 5);
}

TEST(ElectionByCertificate, DoesNotWaitForThePromise) {
  Group group;
  group.found(3);
  group.die(1);
  const Time died = group.now();
  ASSERT_TRUE(group.pass_until([&] { return group.master() == 2; }));
  EXPECT_LE(group.now() - died, 10ms);
  EXPECT_EQ(of(group.events<event::ElectionWon>(2), Cause::certificate), 1u);
}

TEST(ElectionByCertificate, OfAnEarlierProcessEndsNoPromise) {  // R1
  Group group;
  group.found(3);
  const BootId earlier = group.view(1).boot - 1;
  const wire::Dead dead{MemberId{1}, earlier, group.view(1).store};
  for (const Place n : {2, 3}) group.forge(1, n, group.view(1).term, dead, earlier);
  group.pass(1s);
  EXPECT_EQ(group.master(), 1u);
  EXPECT_TRUE(group.events<event::MasterSuspected>(2).empty());
}

TEST(ElectionByCertificate, AVoteForTheSakeOfAnEarlierProcessIsNotGiven) {  // R1
  Group group;
  group.found(3);
  wire::Vote vote;
  vote.last = LogIndex{100};
  vote.last_term = group.view(3).term;
  vote.flag = static_cast<std::uint8_t>(wire::VoteFlag::certificate);
  vote.former = MemberId{1};
  vote.former_boot = group.view(1).boot - 1;
  vote.former_store = group.view(1).store;
  const Term next = group.view(3).term + 1;
  group.forge(3, 2, next, vote);
  EXPECT_LT(group.view(2).term, next);
  EXPECT_EQ(group.sent<wire::VoteReply>(), 2u) << "of the first election";
  vote.former_boot = group.view(1).boot;  // the present one: that ends the promise
  group.forge(3, 2, next, vote);
  EXPECT_EQ(group.view(2).term, next);
}

TEST(ElectionByHandOver, GoesToWhoHasAllOfIt) {  // R9
  Group group;
  group.found(3);
  group.disk(2).hold_log = true;
  ASSERT_TRUE(group.add(1, 5));
  group.pass(5ms);
  ASSERT_TRUE(group.hand_over(1));
  ASSERT_TRUE(group.pass_until([&] { return group.master() == 3; }, 100ms));
  const auto handed = group.events<event::HandOver>(1);
  ASSERT_EQ(handed.size(), 1u);
  EXPECT_EQ(handed[0].to, MemberId{3});
}

TEST(ElectionByHandOver, TheSuccessorServesWithoutAWait) {  // R9
  Group group;
  group.found(3);
  ASSERT_TRUE(group.add(1, 5));
  ASSERT_TRUE(group.hand_over(1));
  EXPECT_EQ(group.service(1).times_told("draining"), 1u);
  const Time ordered = group.now();
  ASSERT_TRUE(group.pass_until([&] { return group.master() == 2; }));
  EXPECT_LE(group.now() - ordered, 10ms);
  EXPECT_EQ(of(group.events<event::ElectionWon>(2), Cause::handed_over), 1u);
  ASSERT_TRUE(group.settle());
  EXPECT_EQ(group.service(1).times_told("stepped down"), 1u);
  EXPECT_EQ(group.value(3), 5);
}

TEST(ElectionByHandOver, WaitsForWhatWaitsForACommit) {
  Group group;
  group.found(3);
  group.service(1).have_waiting(true);
  ASSERT_TRUE(group.hand_over(1));
  group.pass(100ms);
  EXPECT_TRUE(group.events<event::HandOver>(1).empty());
  EXPECT_EQ(group.master(), 1u);
  group.service(1).have_waiting(false);
  ASSERT_TRUE(group.pass_until([&] { return group.master() == 2; }, 30ms));
  EXPECT_EQ(group.events<event::HandOver>(1).size(), 1u);
}

TEST(ElectionByHandOver, AnOrderAtASlaveGoesToTheMaster) {
  Group group;
  group.found(3);
  ASSERT_TRUE(group.hand_over(3));
  ASSERT_TRUE(group.pass_until([&] { return group.master() == 2; }));
}

TEST(SplitVote, IsEndedByChance) {
  ConsensusSettings settings;
  settings.rank_delay = 0ns;  // all stand at once
  std::size_t split = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Group group({.settings = settings, .seed = seed});
    group.found(4);
    const auto term = group.view(1).term;
    group.crash(1);
    ASSERT_TRUE(group.settle()) << seed;
    split += group.view(group.master()).term > term + 1;
  }
  EXPECT_GT(split, 10u) << "else this test shows nothing";
}

TEST(Promise, ForbidsAPreVoteToAnother) {  // R1, R2
  Group group;
  group.found(3);
  group.cut_both(1, 3);
  const auto term = group.view(1).term;
  group.pass(2s);
  EXPECT_EQ(group.master(), 1u);
  EXPECT_GT(group.sent<wire::PreVote>(), 10u) << "3 has asked all the while";
  EXPECT_EQ(group.view(2).term, term);
}

TEST(Promise, ForbidsAVoteToAnotherAndItsTermChangesNothing) {  // R0, R1
  ConsensusSettings settings;
  settings.pre_vote = false;
  settings.status_interval = 10s;  // its STATUS would tell its term
  Group group({.settings = settings});
  group.found(3);
  group.cut_both(1, 3);
  const auto term = group.view(1).term;
  group.pass(500ms);
  EXPECT_GT(group.view(3).term, term + 2);
  EXPECT_EQ(group.view(2).term, term);
  EXPECT_EQ(group.view(1).term, term);
  EXPECT_EQ(group.master(), 1u);
}

TEST(Promise, OfAProcessBeforeIsKeptAfterARestart) {  // R10
  Group group;
  group.found(3);
  group.crash(2);
  group.restart(2);
  EXPECT_TRUE(group.view(2).muted);
  group.crash(1);
  group.crash(3);
  group.restart(3);
  const Time started = group.now();
  ASSERT_TRUE(group.pass_until([&] { return group.master() != 0; }));
  EXPECT_GE(group.now() - started, 50ms);
}

TEST(Vote, IsToldWhenItIsDurable) {  // R4
  Group group;
  group.found(3);
  group.disk(3).hold_ballot = true;
  const auto before = group.sent<wire::VoteReply>();
  group.crash(1);
  group.pass(500ms);
  EXPECT_EQ(group.master(), 0u);
  EXPECT_EQ(group.sent<wire::VoteReply>(), before);
  group.disk(3).hold_ballot = false;
  group.report(3);
  EXPECT_TRUE(group.settle());
}

TEST(Vote, ThatWasNotDurableIsForgottenByACrashAndWasNeverTold) {
  Group group;
  group.found(3);
  const auto term = group.view(3).term;
  group.disk(3).hold_ballot = true;
  group.crash(1);
  group.pass(100ms);
  EXPECT_GT(group.view(3).term, term);
  group.crash(3);
  group.disk(3).hold_ballot = false;
  group.restart(3);
  EXPECT_EQ(group.view(3).term, term);
  EXPECT_TRUE(group.settle());
}

TEST(Lease, EndsBeforeAnotherMayAnswer) {  // R5, R8
  Group group;
  group.found(3);
  const auto lease = group.view(1).lease_until;
  group.isolate(1);
  ASSERT_TRUE(group.pass_until([&] { return !group.may_answer(1); }));
  EXPECT_LE(group.now() - lease, 10ms) << "what was under way has renewed it once more at most";
  EXPECT_EQ(group.view(1).role, Role::master) << "it may still hear of a quorum";
  EXPECT_EQ(group.master(), 0u);
  ASSERT_TRUE(group.pass_until([&] { return group.view(1).role != Role::master; }));
  EXPECT_EQ(group.steps_down(Cause::no_quorum), 1u);
  ASSERT_TRUE(group.pass_until([&] { return group.master() != 0; }));
  EXPECT_EQ(group.master(), 2u);
}

TEST(Lease, OfAMasterThatIsNotHeardButHearsIsNotRenewed) {  // R7
  Group group;
  group.found(3);
  group.cut(2, 1);  // its KEEP-ALIVEs arrive, what acknowledges them does not
  group.cut(3, 1);
  ASSERT_TRUE(group.pass_until([&] { return group.master() == 2 || group.master() == 3; }, 1s));
  EXPECT_EQ(group.steps_down(Cause::no_quorum), 1u);
}

TEST(Lease, AKeepAliveOfAnOldQuorumRenewsNoPromise) {  // R7
  Group group;
  group.found(3);
  Time renewed{};
  group.lose_all([&](Place from, Place to, const wire::Message& m) {
    const auto* keep_alive = std::get_if<wire::KeepAlive>(&m.body);
    if (keep_alive && from == 1 && to == 2 && keep_alive->state.quorum_age_us <= 40'000)
      renewed = group.now() + 1ms;
    return to == 1;  // it is heard, and hears nobody
  });
  ASSERT_TRUE(group.pass_until([&] { return group.view(1).role != Role::master; }));
  EXPECT_EQ(group.view(2).promise_until, renewed + 50ms);
}

// A longer promise, after three elections by silence, is on the disk before it is given.
TEST(Promise, IsLongerAfterThreeElectionsBySilence) {  // R10
  Group group;
  group.found(3);
  for (int i = 0; i < 4; ++i) {
    const Place master = group.master();
    group.crash(master);
    ASSERT_TRUE(group.settle());
    group.restart(master);
    ASSERT_TRUE(group.settle());
  }
  group.pass(100ms);
  Duration longest{};
  for (const Place n : {1, 2, 3}) longest = std::max(longest, group.disk(n).ballot->promise);
  EXPECT_EQ(longest, 100ms);
}

// What a slave had acknowledged in a mastership before was truncated since: it counts no more.
TEST(Mastership, CountsOnlyWhatIsAcknowledgedInIt) {  // R13
  Group group;
  group.found(5);
  for (const Place n : {3, 4, 5}) group.cut_both(1, n);
  for (const Place n : {3, 4, 5}) group.cut_both(2, n);
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE(group.add(1, 1));
    group.pass(1ms);
  }
  group.pass(5ms);
  ASSERT_GE(group.view(2).durable, LogIndex{5});
  ASSERT_TRUE(group.pass_until([&] { return group.master() == 3; }));
  group.heal();
  ASSERT_TRUE(group.settle());
  ASSERT_TRUE(group.hand_over(3));
  ASSERT_TRUE(group.pass_until([&] { return group.view(1).role == Role::master; }));
  for (const Place n : {2, 4, 5}) group.cut_both(1, n);  // its NOOP arrives at 3 alone
  group.lose_all([](Place, Place to, const wire::Message&) { return to == 2 || to > 3; });
  const auto noop = group.view(1).last;
  ASSERT_TRUE(group.add(1, 5));
  group.pass(20ms);
  ASSERT_EQ(group.view(1).role, Role::master);
  EXPECT_LE(group.view(1).commit, noop);
  EXPECT_EQ(group.value(1), 0);
}

TEST(Lease, AClockThatWentBackEndsIt) {
  Group group;
  group.found(3);
  ASSERT_TRUE(group.may_answer(1));
  group.act(1, [](Replica& r) { r.clock_went_back(1s); });
  EXPECT_FALSE(group.may_answer(1));
  EXPECT_EQ(group.service(1).times_told("clock went back"), 1u);
  ASSERT_TRUE(group.pass_until([&] { return group.may_answer(1); }, 50ms));
}

}  // namespace
}  // namespace swarm::test
