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
  const BootId present = group.view(1).boot;
  const wire::Header header{cluster_id,          MemberId{1},       {}, BootId{present.value + 1},
                            group.view(1).store, group.view(1).term};
  std::vector<std::uint8_t> bytes;
  Secret secret{};
  secret.fill(3);
  wire::encode(header, wire::Dead{MemberId{1}, header.boot, header.store}, secret, bytes);
  for (const Place n : {2, 3}) group.act(n, [&](Replica& r) { r.receive(address_of(1), bytes); });
  group.pass(1s);
  EXPECT_EQ(group.master(), 1u);
  EXPECT_TRUE(group.events<event::MasterSuspected>(2).empty());
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
