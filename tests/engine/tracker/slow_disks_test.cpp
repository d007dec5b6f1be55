// Slow is not hung: what a tracker makes of disks that take long, and of one that does not answer.
#include <gtest/gtest.h>

#include "engine/consensus/sync_watch.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

const Endpoint peer{0x0a010001, 6881};

// ---- The sync in progress

constexpr Time at(Duration d) {
  return Time(d);
}

TEST(SyncWatches, WhatWaitsBehindASyncBeginsItsOwnWhenThatOneEnds) {
  SyncWatch watch;
  watch.handed(at(1s));
  watch.handed(at(1100ms));
  EXPECT_EQ(watch.age(at(1500ms)), 500ms);
  watch.reported(at(1500ms), true);
  EXPECT_EQ(watch.since(), at(1500ms));
  EXPECT_EQ(watch.age(at(1800ms)), 300ms);
  watch.reported(at(2s), false);
  EXPECT_EQ(watch.since(), never);
  EXPECT_EQ(watch.age(at(3s)), 0ns);
}

TEST(SyncWatches, ADiskIsAsSlowAsItsLastSyncUntilItHadNothingToDoForAWhile) {
  SyncWatch watch;
  EXPECT_EQ(watch.length(at(-5s)), 0ns);
  watch.handed(at(1s));
  watch.reported(at(2s), true);
  EXPECT_EQ(watch.length(at(2001ms)), 1s);
  EXPECT_EQ(watch.length(at(4s)), 2s);
  watch.reported(at(4s), false);
  EXPECT_EQ(watch.length(at(14s)), 2s);
  EXPECT_EQ(watch.length(at(14s + 1ns)), 0ns);
}

// A master of three with something to write all the time: each sync ends after `sync`, and leaves
// a ticket behind that was given meanwhile.
struct BusyDisk {
  explicit BusyDisk(Duration slaves_sync) : slaves(slaves_sync) {
    t.serve();
    t.pass_as_master(50ms);
    t.hold_log();
  }
  void propose() {
    t.hear_peer(peer, wire::ConnectRequest{TransactionId{1}});
    if (t.replied<wire::ConnectResponse>().empty()) return;
    wire::AnnounceRequest announce;
    announce.connection = t.replied<wire::ConnectResponse>().back().connection;
    announce.transaction = TransactionId{2};
    announce.info_hash = content(++number);
    announce.event = wire::AnnounceEvent::started;
    announce.port = 6881;
    t.hear_peer(peer, announce);
  }
  // One millisecond after the other, both slaves acknowledge all.
  void pass(Duration d) {
    for (Duration waited = 0ns; waited < d; waited += 1ms) {
      t.pass(1ms);
      if (t.view().role != Role::master) return;
      t.ready_slowly(2, t.view().last.value, slaves);
      t.ready_slowly(3, t.view().last.value, slaves);
    }
  }
  SoloTracker t;
  Duration slaves;
  std::uint8_t number = 0;
};

TEST(SlowDisks, SyncsThatQueueUpAreNoHungDisk) {
  BusyDisk room(0ms);
  for (int sync = 0; sync < 6; ++sync) {
    room.propose();
    room.pass(300ms);
    room.propose();
    room.pass(300ms);
    ASSERT_GE(room.t.logs_pending(), 1u);
    room.t.sync_one_log();
  }
  EXPECT_EQ(room.t.view().role, Role::master);
  EXPECT_TRUE(room.t.events<event::HandOver>().empty());
  EXPECT_TRUE(room.t.events<event::DiskSlow>().empty());
}

TEST(SlowDisks, AMasterHandsOverToABetterDiskAfterOneSecond) {
  BusyDisk room(400ms);
  room.propose();
  room.pass(995ms);
  EXPECT_TRUE(room.t.events<event::HandOver>().empty());
  room.pass(20ms);
  EXPECT_EQ(room.t.events<event::HandOver>().size(), 1u);
}

TEST(SlowDisks, AMasterStaysWhenNobodysDiskIsBetter) {
  BusyDisk room(1050ms);
  room.propose();
  room.pass(1500ms);
  EXPECT_TRUE(room.t.events<event::HandOver>().empty());
  EXPECT_TRUE(room.t.events<event::HandOverGivenUp>().empty());
  EXPECT_EQ(room.t.events<event::DiskSlow>().size(), 1u);
  EXPECT_TRUE(room.t.view().serving);
  room.slaves = 900ms;  // better than it looked, but only when two seconds have passed
  room.pass(480ms);
  EXPECT_TRUE(room.t.events<event::HandOver>().empty());
  room.pass(40ms);
  EXPECT_EQ(room.t.events<event::HandOver>().size(), 1u);
}

TEST(SlowDisks, AMasterEndsOnlyWhenNoSyncHasEndedForTenSeconds) {
  BusyDisk room(20s);
  room.propose();
  room.pass(9990ms);
  EXPECT_EQ(room.t.exit_reason(), "");
  EXPECT_TRUE(room.t.view().serving);
  room.t.pass(20ms);
  EXPECT_EQ(room.t.exit_reason(), "a sync of the disk has been pending for too long");
}

TEST(SlowDisks, AnOperatorsHandOverIsForAnyDisk) {
  BusyDisk room(5s);
  room.t.act([](Tracker& tracker, Time now, Outbox& out) { tracker.hand_over(now, out); });
  EXPECT_EQ(room.t.events<event::HandOver>().size(), 1u);
}

TEST(SlowDisks, ASlaveTellsHowLongItsDiskTakes) {
  SoloTracker t;
  t.keep_alive(2, 1);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.sync_age_us, 0u);
  t.hold_log();
  t.prepare(2, 1, block(2, 1), 1);
  t.skip(700ms);
  t.keep_alive(2, 1, 2);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.sync_age_us, 700'000u);
  t.sync_log();
  t.keep_alive(2, 1, 2);
  EXPECT_EQ(t.said<wire::KeepAliveAck>().back().ack.sync_age_us, 700'000u);
}

// ---- Elections while votes take long to be durable

TEST(SlowDisks, WhoWritesAVoteForAnotherAsksForNoPreVotes) {
  SoloTracker t;
  t.hold_ballot();
  t.vote(3, 2, 1, 1);
  t.forget();
  t.pass(2s);
  EXPECT_TRUE(t.said<wire::PreVote>().empty());
  EXPECT_EQ(t.view().term, Term{2});
  t.sync_ballot();
  EXPECT_EQ(t.said<wire::VoteReply>().size(), 1u);
  t.hold_ballot(false);
  t.pass(200ms);  // it did not win
  EXPECT_FALSE(t.said<wire::PreVote>().empty());
}

TEST(SlowDisks, AWinnersQuorumIsAsYoungAsTheLastReplies) {
  SoloTracker t;
  t.hold_ballot();
  while (t.view().role != Role::candidate) {
    t.pass(1ms);
    if (!t.said<wire::PreVote>().empty()) t.hear(2, 1, wire::PreVoteReply{Term{2}, 1, 0});
  }
  for (int i = 0; i < 400; ++i) {  // its own vote is being written; 2 answers each time it is asked
    t.forget();
    t.pass(1ms);
    if (i == 0 || !t.said<wire::Vote>().empty()) t.vote_reply(2, 2);
  }
  t.sync_ballot();
  ASSERT_EQ(t.view().role, Role::master);
  t.pass(10ms);
  EXPECT_EQ(t.view().role, Role::master);
  EXPECT_TRUE(t.events<event::SteppedDown>().empty());
}

TEST(SlowDisks, ACandidateGrantsNoPreVoteWhileTheVotersDisksMayBeWriting) {
  SoloTracker t;
  t.hold_ballot();
  while (t.view().role != Role::candidate) {
    t.pass(1ms);
    if (!t.said<wire::PreVote>().empty()) t.hear(2, 1, wire::PreVoteReply{Term{2}, 1, 0});
  }
  t.pass(400ms);
  t.sync_ballot();  // the own vote took 400 ms
  t.hold_ballot(false);
  t.forget();
  t.hear(3, 2, wire::PreVote{Term{3}, LogIndex{1}, Term{1}});
  t.pass(700ms);
  t.hear(3, 2, wire::PreVote{Term{3}, LogIndex{1}, Term{1}});
  for (const auto& reply : t.said<wire::PreVoteReply>()) {
    EXPECT_EQ(reply.granted, 0);
    EXPECT_GT(reply.rest_us, 0u);
  }
  EXPECT_EQ(t.said<wire::PreVoteReply>().size(), 2u);
  t.pass(200ms);
  t.hear(3, 2, wire::PreVote{Term{3}, LogIndex{1}, Term{1}});
  EXPECT_EQ(t.said<wire::PreVoteReply>().back().granted, 1);
}

// ---- The disk that hangs

constexpr auto hung = "a sync of the disk has been pending for too long";

TrackerSettings ended_after_two_seconds() {
  TrackerSettings settings;
  settings.sync_exit = 2s;
  return settings;
}

// A master whose log disk does not report the block that it has just begun.
struct HungDisk {
  HungDisk() : t({.members = 1, .settings = ended_after_two_seconds()}) {
    t.pass(500ms);
    t.pass(20ms);  // the rows are written
    t.hold_log();
    t.hear_peer(peer, wire::ConnectRequest{TransactionId{1}});
    wire::AnnounceRequest announce;
    announce.connection = t.replied<wire::ConnectResponse>().back().connection;
    announce.transaction = TransactionId{2};
    announce.info_hash = content(1);
    announce.event = wire::AnnounceEvent::started;
    announce.port = 6881;
    t.hear_peer(peer, announce);
    t.pass(1ms);
    t.forget();
  }
  // Steps that are no looks of the timer.
  void chatter(int n) {
    for (int i = 0; i < n; ++i) t.hear_peer(peer, wire::ConnectRequest{TransactionId{9}});
  }
  SoloTracker t;
};

TEST(HungDisks, AreReportedOncePerSyncAndEndTheProcess) {
  HungDisk room;
  auto& t = room.t;
  ASSERT_EQ(t.logs_pending(), 1u);
  t.pass(990ms);
  EXPECT_TRUE(t.events<event::DiskSlow>().empty());
  t.pass(20ms);
  room.chatter(50);
  t.pass(900ms);
  room.chatter(50);
  EXPECT_EQ(t.events<event::DiskSlow>().size(), 1u);
  EXPECT_EQ(t.exit_reason(), "");
  t.pass(100ms);
  EXPECT_EQ(t.exit_reason(), hung);
}

TEST(HungDisks, AnotherSyncIsReportedForItself) {
  HungDisk room;
  auto& t = room.t;
  t.pass(1500ms);
  t.sync_log();
  t.pass(100ms);
  ASSERT_GT(t.logs_pending(), 0u);  // the rows
  t.pass(1500ms);
  EXPECT_EQ(t.events<event::DiskSlow>().size(), 2u);
  EXPECT_EQ(t.exit_reason(), "");
}

TEST(HungDisks, AProcessThatStoodStillHearsItsDiskFirst) {
  HungDisk room;
  auto& t = room.t;
  t.skip(5s);
  room.chatter(3);
  EXPECT_EQ(t.exit_reason(), "");
  t.wake();
  room.chatter(3);
  EXPECT_EQ(t.exit_reason(), "");
  t.pass(50ms);
  t.sync_log();
  t.hold_log(false);
  t.pass(3s);
  EXPECT_EQ(t.exit_reason(), "");
  EXPECT_TRUE(t.events<event::DiskSlow>().empty());
}

TEST(HungDisks, AProcessThatStoodStillWaitsForItOnce) {
  HungDisk room;
  auto& t = room.t;
  t.skip(5s);
  t.wake();
  t.pass(90ms);
  EXPECT_EQ(t.exit_reason(), "");
  t.pass(20ms);
  EXPECT_EQ(t.exit_reason(), hung);
}

TEST(HungDisks, AShortStandstillIsNotReported) {
  HungDisk room;
  auto& t = room.t;
  t.skip(1200ms);
  t.wake();
  EXPECT_TRUE(t.events<event::DiskSlow>().empty());
  t.sync_log();
  t.hold_log(false);
  t.pass(1500ms);
  EXPECT_TRUE(t.events<event::DiskSlow>().empty());
}

}  // namespace
}  // namespace swarm::test
