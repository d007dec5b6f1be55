// R11 to R15 of the cluster protocol, one or more tests each, and the pitfalls that go with
// them.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

const Endpoint peer{0x0a010001, 6881};
Operation registration(std::uint8_t n) {
  return Register{content(n), peer, PeerState::leecher};
}

void follow(SoloTracker& t, std::uint64_t term = 1) {
  t.keep_alive(2, term);
}

// The durable index that was last told to the master.
LogIndex told_durable(const SoloTracker& t) {
  LogIndex durable;
  for (const auto& s : t.sent<wire::Ready>())
    durable = std::get<wire::Ready>(s.message.body).ack.durable;
  return durable;
}

// ---- R11: appending

TEST(R11Append, ABlockThatFitsIsTaken) {
  SoloTracker t;
  follow(t);
  t.prepare(2, 1, block(2, 1), 1);
  EXPECT_EQ(t.view().last, LogIndex{2});
  EXPECT_EQ(told_durable(t), LogIndex{2});
}

TEST(R11Append, ABlockBehindAGapIsNotAppended) {
  SoloTracker t;
  follow(t);
  t.prepare(2, 1, block(4, 1), 1, 4);
  EXPECT_EQ(t.view().last, LogIndex{1});
  EXPECT_LT(t.view().commit, LogIndex{2});
  t.prepare(2, 1, block(3, 1), 1, 4);
  EXPECT_EQ(t.view().last, LogIndex{1});
  t.prepare(2, 1, block(2, 1), 1, 4);
  EXPECT_EQ(t.view().last, LogIndex{4});  // what came before its time was kept
  EXPECT_EQ(t.view().commit, LogIndex{4});
}

TEST(R11Append, AGapIsAskedFor) {
  SoloTracker t;
  follow(t);
  t.prepare(2, 1, block(4, 1), 1);
  t.pass(2ms);
  const auto asked = t.said_to<wire::Fetch>(2);
  ASSERT_FALSE(asked.empty());
  EXPECT_EQ(asked[0].first, LogIndex{2});
  EXPECT_EQ(asked[0].wanted, 0b11u);  // 4 is here
}

TEST(R11Append, TheGapIsToldInReadyAndKeepAliveAck) {
  SoloTracker t;
  follow(t);
  t.prepare(2, 1, block(4, 1), 1);
  t.keep_alive(2, 1, 4);
  const auto ack = t.said<wire::KeepAliveAck>().back().ack;
  EXPECT_EQ(ack.received, LogIndex{1});
  EXPECT_EQ(ack.ahead, 0b10u);  // 2 is missing, 3 too, 4 is here
}

TEST(R11Append, AConflictingTailAboveTheCommitIsTruncated) {
  SoloTracker t({.term = 2, .log = {block(2, 1, registration(1)), block(3, 2, registration(2))}});
  t.prepare(2, 3, block(2, 3, registration(3)), 1);
  EXPECT_EQ(t.view().last, LogIndex{2});
  EXPECT_EQ(t.view().last_term, Term{3});
  EXPECT_EQ(t.events<event::LogTruncated>().size(), 1u);
  EXPECT_EQ(told_durable(t), LogIndex{2});
  t.restart();
  EXPECT_EQ(t.view().last, LogIndex{2});
  EXPECT_EQ(t.view().last_term, Term{3});
}

TEST(R11Append, AnEqualTailIsKept) {
  SoloTracker t({.log = {block(2, 1), block(3, 1)}});
  t.prepare(2, 2, block(2, 1), 1);
  EXPECT_EQ(t.view().last, LogIndex{3});
  EXPECT_TRUE(t.events<event::LogTruncated>().empty());
}

TEST(R11Append, ADifferenceInACommittedBlockIsNeitherTakenNorAcknowledged) {
  SoloTracker t({.log = {block(2, 1)}});
  t.keep_alive(2, 1, 2, 1, 2);
  ASSERT_EQ(t.view().commit, LogIndex{2});
  t.forget();
  t.prepare(3, 4, block(3, 4), 3);  // its block 2 is of term 3
  t.keep_alive(3, 4, 3, 4, 3);
  EXPECT_TRUE(t.said<wire::Ready>().empty() && t.said<wire::KeepAliveAck>().empty());
  EXPECT_EQ(t.said<wire::Witness>().size(), 1u);  // R29
  EXPECT_EQ(t.exit_reason(), "") << "it does not come and go for ever";
  EXPECT_EQ(t.view().last, LogIndex{2});
}

TEST(R11Append, ADuplicateChangesNothing) {
  SoloTracker t;
  follow(t);
  t.prepare(2, 1, block(2, 1), 1);
  t.prepare(2, 1, block(3, 1), 1);
  t.prepare(2, 1, block(2, 1), 1);
  EXPECT_EQ(t.view().last, LogIndex{3});
  EXPECT_EQ(told_durable(t), LogIndex{3});
}

TEST(R11Append, OnlyTheMasterSaysWhatIsInTheLog) {
  SoloTracker t;
  follow(t);
  const auto b = block(2, 1);
  t.hear(3, 1, wire::BlockMessage{b->index, b->term, Term{1}, 0, b->operations});
  EXPECT_EQ(t.view().last, LogIndex{1});
  t.hear(2, 1, wire::BlockMessage{b->index, b->term, Term{1}, 0, b->operations});
  EXPECT_EQ(t.view().last, LogIndex{2});
}

TEST(R11Append, ASecondMasterOfATermIsNotFollowed) {
  SoloTracker t;
  follow(t);
  t.prepare(3, 1, block(2, 1), 1);
  t.keep_alive(3, 1);
  EXPECT_EQ(t.view().master, MemberId{2});
  EXPECT_EQ(t.view().last, LogIndex{1});
  EXPECT_EQ(t.rejected(Reject::unexpected), 2u);
}

TEST(R11Append, AMasterDoesNotFollowASecondOneOfItsTerm) {
  SoloTracker t;
  t.serve();
  t.keep_alive(3, t.view().term.value);
  EXPECT_EQ(t.view().role, Role::master);
  EXPECT_EQ(t.rejected(Reject::unexpected), 1u);
}

TEST(R11Append, ABlockThatNoMasterMakesIsRejected) {
  SoloTracker t;
  follow(t);
  auto both = encoded(Noop{});
  const auto config = encoded(voters(3));
  both.insert(both.end(), config.begin(), config.end());  // a CONFIG stands alone
  auto odd = std::make_shared<Block>(Block{LogIndex{2}, Term{1}, {}, both});
  t.prepare(2, 1, odd, 1);
  std::rotate(odd->operations.begin(), odd->operations.begin() + 1, odd->operations.end());
  t.prepare(2, 1, odd, 1);
  t.prepare(2, 1, block(2, 1, Config{}), 1);  // nobody votes
  t.prepare(2, 1, std::make_shared<Block>(Block{LogIndex{2}, Term{1}, {}, {99}}), 1);
  t.prepare(2, 1, block(2, 1), 2);  // terms decrease along the log
  t.prepare(2, 1, block(2, 2), 1);  // of a term to come
  EXPECT_EQ(t.view().last, LogIndex{1});
  EXPECT_EQ(t.rejected(Reject::bad_value), 6u);
}

// ---- R12: READY, and a slave's commit

TEST(R12Ready, IsNotSaidBeforeTheSync) {
  SoloTracker t;
  follow(t);
  t.hold_log();
  t.prepare(2, 1, block(2, 1), 1);
  t.keep_alive(2, 1, 2);
  EXPECT_TRUE(t.said<wire::Ready>().empty());
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.durable, LogIndex{1});
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.received, LogIndex{2});
  t.sync_log();
  EXPECT_EQ(told_durable(t), LogIndex{2});
}

TEST(R12Ready, DoesNotCoverATailThatThisTermsMasterHasNotVerified) {
  SoloTracker t({.log = {block(2, 1), block(3, 1)}});
  t.keep_alive(2, 2, 9, 2);
  const auto ack = t.said<wire::KeepAliveAck>().back().ack;
  EXPECT_EQ(ack.durable, LogIndex{});
  t.prepare(2, 2, block(4, 2), 1);  // follows upon 3 of term 1: all before it is the same
  t.keep_alive(2, 2, 9, 2);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.durable, LogIndex{4});
}

TEST(R12Ready, AKeepAliveWithTheSameEndVerifiesTheTail) {
  SoloTracker t({.log = {block(2, 1)}});
  t.keep_alive(2, 2, 2, 1);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.durable, LogIndex{2});
}

TEST(R12Ready, TheCommitIndexIsNotAppliedToAnUnverifiedTail) {
  SoloTracker t({.log = {block(2, 1, registration(1))}});
  t.keep_alive(2, 3, 5, 3, 4);  // 2 of this log may differ from the master's
  EXPECT_LT(t.view().commit, LogIndex{2});
  EXPECT_EQ(t.tracker().table().registrations(), 0u);
  t.prepare(2, 3, block(2, 2, registration(2)), 1, 4);
  EXPECT_EQ(t.view().commit, LogIndex{2});
  EXPECT_TRUE(t.tracker().table().find(content(2), peer));
  EXPECT_FALSE(t.tracker().table().find(content(1), peer));
}

TEST(R12Ready, NothingIsVerifiedAnyMoreInANewTerm) {
  SoloTracker t;
  follow(t);
  t.prepare(2, 1, block(2, 1), 1);
  t.keep_alive(3, 2, 9, 2, 0);
  EXPECT_EQ(t.view().verified, t.view().commit);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.durable, LogIndex{});
}

TEST(R12Ready, ABlockMessageMovesNoCommitAndRenewsNoPromise) {
  SoloTracker t;
  follow(t);
  t.skip(45ms);
  const auto b = block(2, 1);
  t.hear(2, 1, wire::BlockMessage{b->index, b->term, Term{1}, 0, b->operations});
  EXPECT_LT(t.view().commit, LogIndex{2});
  t.skip(6ms);
  t.vote(3, 2, 2, 1);
  EXPECT_EQ(t.view().vote, MemberId{3});
}

// ---- R13: what is committed

TEST(R13Commit, NeedsAMajorityOfDisks) {
  SoloTracker t({.members = 5});
  t.win({2, 3});
  const auto noop = t.view().last.value;
  t.ready(2, noop);
  EXPECT_EQ(t.view().commit, LogIndex{});
  t.ready(2, noop);  // the same member again
  EXPECT_EQ(t.view().commit, LogIndex{});
  t.ready(3, noop);
  EXPECT_EQ(t.view().commit, LogIndex{noop});
}

TEST(R13Commit, TheOwnDiskCountsWhenItIsSynced) {
  SoloTracker t;
  t.hold_log();
  t.win();
  const auto noop = t.view().last.value;
  t.ready(2, noop);
  EXPECT_EQ(t.view().commit, LogIndex{});  // it is durable at 2 only
  t.sync_log();
  EXPECT_EQ(t.view().commit, LogIndex{noop});
}

TEST(R13Commit, TheOwnDiskIsNotNeededWhenTheOthersAreAMajority) {
  SoloTracker t;
  t.hold_log();
  t.win();
  const auto noop = t.view().last.value;
  t.ready(2, noop);
  t.ready(3, noop);
  EXPECT_EQ(t.view().commit, LogIndex{noop});
}

TEST(R13Commit, ABlockOfAnOlderTermIsNotCommittedByCountingCopies) {
  SoloTracker t({.term = 2, .log = {block(2, 2, registration(1))}});
  t.hold_log();
  t.win();
  ASSERT_EQ(t.view().role, Role::master);
  t.ready(2, 2);
  t.ready(3, 2);
  EXPECT_EQ(t.view().commit, LogIndex{});
  EXPECT_EQ(t.tracker().table().registrations(), 0u);
  t.sync_log();
  t.ready(2, 3);
  EXPECT_EQ(t.view().commit, LogIndex{3});  // all before it with it
  EXPECT_EQ(t.tracker().table().registrations(), 1u);
}

TEST(R13Commit, AReadyOfAnOlderTermDoesNotCount) {
  SoloTracker t;
  t.win();
  t.hear(2, t.view().term.value - 1, wire::Ready{t.acknowledgement(t.view().last.value)});
  EXPECT_EQ(t.view().commit, LogIndex{});
  EXPECT_EQ(t.rejected(Reject::old_term), 1u);
}

TEST(R13Commit, AReadyBeyondTheLogIsNoMoreThanTheLog) {
  SoloTracker t;
  t.win();
  t.ready(2, UINT64_MAX);
  EXPECT_EQ(t.view().commit, t.view().last);
  t.pass_as_master(30ms, 3);
  EXPECT_EQ(t.view().role, Role::master);
}

TEST(R13Commit, ALearnersReadyDoesNotCount) {
  Config config = voters(3);
  config.members.push_back(learner(4));
  config.next_id = MemberId{5};
  SoloTracker t({.config = config});
  t.win();
  t.ready(4, t.view().last.value);
  EXPECT_EQ(t.view().commit, LogIndex{});
}

TEST(R13Commit, IsToldAtOnceWhenThePipelineIsIdle) {
  SoloTracker t;
  t.win();
  t.forget();
  t.ready(2, t.view().last.value);
  const auto told = t.said_to<wire::KeepAlive>(3);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].state.commit, t.view().last);
}

TEST(R13Commit, WithInSyncItWaitsForEveryInSyncMember) {
  SoloTracker t({.config = voters(3, ReadyPolicy::in_sync)});
  t.win();
  const auto noop = t.view().last.value;
  t.ready(2, noop);
  EXPECT_EQ(t.view().commit, LogIndex{});
  t.ready(3, noop);
  EXPECT_EQ(t.view().commit, LogIndex{noop});
}

TEST(R13Commit, WithInSyncADeadMemberIsTakenOutEvenBeforeTheFirstCommit) {
  SoloTracker t({.config = voters(3, ReadyPolicy::in_sync)});
  t.win();
  t.pass_as_master(299ms);
  EXPECT_FALSE(t.view().serving);
  t.pass_as_master(200ms);
  EXPECT_TRUE(t.view().serving);
  EXPECT_FALSE(t.tracker().config().find(MemberId{3})->in_sync);
  EXPECT_EQ(t.tracker().config().voters(), 3u);
}

TEST(R13Commit, AMissedBlockIsSentAgain) {
  SoloTracker t;
  t.win();
  t.forget();
  t.pass(10ms);
  EXPECT_FALSE(t.said_to<wire::Prepare>(2).empty());
}

TEST(R13Commit, AnUncommittedTailLongerThanTheWindowDoesNotHoldTheNoopBack) {
  TrackerSettings settings;
  settings.window = 2;  // after a restart of all: the rows lag behind the log
  SoloTracker t({.log = {block(2, 1), block(3, 1), block(4, 1)}, .settings = settings});
  t.win();
  t.ready(2, 4);
  ASSERT_FALSE(t.said_to<wire::Prepare>(2).empty());
  EXPECT_EQ(t.said_to<wire::Prepare>(2).back().index, LogIndex{5});
  t.ready(2, 5);
  EXPECT_EQ(t.view().commit, LogIndex{5});
}

TEST(R13Commit, TheWindowBoundsWhatIsInFlight) {
  TrackerSettings settings;
  settings.window = 2;
  settings.block_close = 1us;
  SoloTracker t({.settings = settings});
  t.serve();
  const auto committed = t.view().commit;
  t.hear_peer(peer, wire::ConnectRequest{TransactionId{1}});
  for (std::uint8_t n = 1; n <= 6; ++n) {
    wire::AnnounceRequest announce;
    announce.connection = t.replied<wire::ConnectResponse>().at(0).connection;
    announce.transaction = TransactionId{n};
    announce.info_hash = content(n);
    announce.event = wire::AnnounceEvent::started;
    announce.port = 6881;
    t.hear_peer(peer, announce);
    t.pass(2us);
  }
  EXPECT_EQ(t.view().last, committed + 6);
  EXPECT_EQ(t.said_to<wire::Prepare>(2).back().index, committed + 2);
  t.ready(2, committed.value + 1);
  EXPECT_EQ(t.said_to<wire::Prepare>(2).back().index, committed + 3);
}

TEST(R13Commit, AFullBlockReachesEveryMemberOfALargeSwarm) {
  SoloTracker t({.members = 16});
  t.win({2, 3, 4, 5, 6, 7, 8, 9});
  ASSERT_EQ(t.view().role, Role::master);
  for (std::uint32_t n = 2; n <= 9; ++n) t.ready(n, t.view().last.value);
  t.hear_peer(peer, wire::ConnectRequest{TransactionId{1}});
  wire::ScrapeRequest scrape;
  scrape.connection = t.replied<wire::ConnectResponse>().at(0).connection;
  for (std::uint8_t round = 0; round < 3; ++round) {
    scrape.contents = {};
    scrape.transaction = TransactionId{round};
    for (std::uint8_t n = 0; n < 24; ++n)
      scrape.contents.push_back(content(static_cast<std::uint8_t>(24 * round + n)));
    t.hear_peer(peer, scrape);
  }
  for (int i = 0; i < 3; ++i) {  // the fixture decodes what is sent, as a member would
    t.pass(1ms);
    for (std::uint32_t n = 2; n <= 9; ++n) t.ready(n, t.view().last.value);
  }
  EXPECT_EQ(t.tracker().table().registrations(), 72u);
}

// ---- R14: swarm time

TEST(R14Stamps, ContinueFromTheLastBlockOfTheLogAfterARestart) {
  SoloTracker t({.log = {block(2, 1, Noop{}, 5'000'000'000)}});  // in the log, not yet applied
  t.win();
  const auto prepared = t.said<wire::Prepare>();
  ASSERT_FALSE(prepared.empty());
  EXPECT_GE(prepared.back().stamp_us, 5'000'000'000u);
}

void tell_time(SoloTracker& t, std::uint64_t us, std::uint64_t last = 1) {
  auto state = t.master_state(last, 1, 1);
  state.swarm_time_us = us;
  t.hear(2, 1, wire::KeepAlive{state});
}
// Of its first block as master; zero: there is none.
std::uint64_t stamp_after_winning(SoloTracker& t) {
  t.win({3});
  const auto prepared = t.said<wire::Prepare>();
  return prepared.empty() ? 0 : prepared.back().stamp_us;
}

TEST(R14Stamps, ContinueFromWhatTheMasterTold) {
  SoloTracker t;
  tell_time(t, 7'000'000'000);
  EXPECT_GE(stamp_after_winning(t), 7'000'000'000u);
}

TEST(R14Stamps, FollowAMasterWhoseClockIsSlower) {
  SoloTracker t;
  tell_time(t, 7'000'000'000);
  t.pass(40ms);
  tell_time(t, 7'000'030'000);
  const auto told = t.now();
  const auto stamp = stamp_after_winning(t);
  EXPECT_GE(stamp, 7'000'030'000u);
  EXPECT_LE(stamp, 7'000'030'000u + static_cast<std::uint64_t>((t.now() - told) / 1us));
}

TEST(R14Stamps, NeverFollowBelowTheLog) {
  SoloTracker t({.log = {block(2, 1, Noop{}, 5'000'000'000)}});
  tell_time(t, 4'000'000'000, 2);
  EXPECT_GE(stamp_after_winning(t), 5'000'000'000u);
}

TEST(R14Stamps, GrowByMonotonicElapsedTime) {
  SoloTracker t;
  t.serve();
  t.forget();
  t.pass_as_master(20ms);
  const auto told = t.said<wire::KeepAlive>();
  ASSERT_GE(told.size(), 2u);
  const auto& first = told.front().state;
  const auto& last = told.back().state;
  const auto elapsed = (last.time_sent - first.time_sent) / 1000;
  EXPECT_GE(last.swarm_time_us - first.swarm_time_us, elapsed);
  EXPECT_LE(last.swarm_time_us - first.swarm_time_us, elapsed + 1);
}

// ---- R15: applying

TEST(R15Apply, InOrderAndOnlyWhatIsCommitted) {
  SoloTracker t;
  follow(t);
  t.prepare(2, 1, block(2, 1, registration(1)), 1);
  t.prepare(2, 1, block(3, 1, Remove{content(1), peer}), 1, 2);
  EXPECT_EQ(t.tracker().table().registrations(), 1u);
  t.keep_alive(2, 1, 3, 1, 3);
  EXPECT_EQ(t.tracker().table().registrations(), 0u);
  EXPECT_EQ(t.view().applied, LogIndex{3});
}

TEST(R15Apply, RowsAndTheirIndexSurviveARestartTogether) {
  SoloTracker t;
  follow(t);
  t.prepare(2, 1, block(2, 1, registration(1)), 1, 2);
  t.pass(10ms);
  EXPECT_EQ(t.view().rows_applied, LogIndex{2});
  t.restart();
  EXPECT_EQ(t.view().applied, LogIndex{2});
  EXPECT_EQ(t.tracker().table().registrations(), 1u);
}

TEST(R15Apply, WhatWasCommittedButNotYetInTheRowsIsAppliedAgain) {
  SoloTracker t;
  follow(t);
  t.prepare(2, 1, block(2, 1, registration(1)), 1, 2);  // rows follow 5 ms later
  t.restart();
  EXPECT_EQ(t.view().applied, LogIndex{});
  EXPECT_EQ(t.view().last, LogIndex{2});
  t.keep_alive(2, 1, 2, 1, 2);
  EXPECT_EQ(t.tracker().table().registrations(), 1u);
}

}  // namespace
}  // namespace swarm::test
