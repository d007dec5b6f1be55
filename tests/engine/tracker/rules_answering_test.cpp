// R16 to R18 of the cluster protocol at a whole tracker. What a request leads to is the matter of
// peer_info_sender_test.cpp; here: when it is answered.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

const Endpoint alice{0x0a010001, 6881};

ConnectionId connection(SoloTracker& t) {
  t.hear_peer(alice, wire::ConnectRequest{TransactionId{1000}});
  return t.replied<wire::ConnectResponse>().back().connection;
}
wire::AnnounceRequest announce(ConnectionId id, std::uint8_t n, std::uint32_t transaction,
                               wire::AnnounceEvent event = wire::AnnounceEvent::started) {
  wire::AnnounceRequest request;
  request.connection = id;
  request.transaction = TransactionId{transaction};
  request.info_hash = content(n);
  request.event = event;
  request.port = 6881;
  return request;
}
std::vector<std::uint32_t> answered(const SoloTracker& t) {
  std::vector<std::uint32_t> transactions;
  for (const auto& response : t.replied<wire::AnnounceResponse>())
    transactions.push_back(response.transaction.value);
  return transactions;
}
using Transactions = std::vector<std::uint32_t>;

// A serving master with a peer that is connected.
struct Room {
  explicit Room(SoloTracker::Options options = {}) : t(std::move(options)) {
    t.serve();
    id = connection(t);
    t.forget();
  }
  void ask(std::uint8_t n, std::uint32_t transaction,
           wire::AnnounceEvent event = wire::AnnounceEvent::started) {
    t.hear_peer(alice, announce(id, n, transaction, event));
  }
  SoloTracker t;
  ConnectionId id;
};

// ---- R16: changes

TEST(R16Changes, AreAnsweredWhenTheirBlockIsCommittedAndApplied) {
  Room room;
  room.ask(1, 1);
  EXPECT_EQ(answered(room.t), Transactions{});
  EXPECT_EQ(room.t.said_to<wire::Prepare>(2).size(), 1u);
  room.t.ready(2, room.t.view().last.value);
  EXPECT_EQ(answered(room.t), Transactions{1});
  EXPECT_EQ(room.t.tracker().table().registrations(), 1u);
}

TEST(R16Changes, AreNotAnsweredBeforeTheOwnDiskOrAnotherMajorityHasThem) {
  Room room;
  room.t.hold_log();
  room.ask(1, 1);
  room.t.ready(2, room.t.view().last.value);
  EXPECT_EQ(answered(room.t), Transactions{});
  room.t.sync_log();
  EXPECT_EQ(answered(room.t), Transactions{1});
}

TEST(R16Changes, AreNotAnsweredWhenTheLeaseRanOutMeanwhile) {
  Room room;
  room.ask(1, 1);
  room.t.skip(45ms);
  room.t.ready(2, room.t.view().last.value, 44'000);  // it acknowledges an old sending
  EXPECT_EQ(room.t.view().commit, room.t.view().last);
  EXPECT_EQ(answered(room.t), Transactions{});
  room.t.ready(2, room.t.view().last.value);  // the lease is back
  EXPECT_EQ(answered(room.t), Transactions{1});
}

TEST(R16Changes, AreNotAnsweredByAMasterThatLostItsTerm) {
  Room room;
  room.ask(1, 1);
  const auto last = room.t.view().last.value;
  const auto term = room.t.view().term.value;
  room.t.hear(3, term + 1, wire::Status{});
  room.t.hear(2, term, wire::Ready{room.t.acknowledgement(last)});
  EXPECT_EQ(answered(room.t), Transactions{});
}

// It counts once per address within a lifetime, and the log tells a tracker that was started since.
TEST(R16Changes, ADownloadThatWasCountedBeforeARestartIsNotCountedAgain) {
  using enum wire::AnnounceEvent;
  Room room;
  std::uint32_t transaction = 0;
  const auto say = [&](wire::AnnounceEvent event) {
    room.ask(1, ++transaction, event);
    room.t.ready(2, room.t.view().last.value);
  };
  const auto counted = [&] { return room.t.tracker().table().counts(content(1)).completed; };
  const Endpoint bob{0x0a010002, 6881};
  room.t.hear_peer(bob, wire::ConnectRequest{TransactionId{1001}});
  const auto bobs = room.t.replied<wire::ConnectResponse>().back().connection;
  room.t.hear_peer(bob, announce(bobs, 1, 1002));  // so that the swarm does not become empty
  for (const auto event : {started, completed, stopped}) say(event);
  EXPECT_EQ(counted(), 1u);
  room.t.restart();
  room.t.serve();
  EXPECT_EQ(counted(), 1u);
  room.id = connection(room.t);
  for (const auto event : {started, completed}) say(event);
  EXPECT_EQ(room.t.tracker().table().find(content(1), alice), PeerState::seeder);
  EXPECT_EQ(counted(), 1u);
}

// ---- R17: what changes nothing

TEST(R17Refreshes, AreAnsweredUnderTheLeaseAlone) {
  Room room;
  room.ask(1, 1);
  room.t.ready(2, room.t.view().last.value);
  room.t.forget();
  room.ask(1, 2, wire::AnnounceEvent::none);
  EXPECT_EQ(answered(room.t), Transactions{2});
  EXPECT_TRUE(room.t.said<wire::Prepare>().empty());
}

TEST(R17Refreshes, WaitForAnUncommittedBlockThatTouchesThem) {
  Room room;
  room.ask(1, 1);
  room.ask(1, 2, wire::AnnounceEvent::none);
  EXPECT_EQ(answered(room.t), Transactions{});
  room.t.ready(2, room.t.view().last.value);
  EXPECT_EQ(answered(room.t), (Transactions{1, 2}));
}

TEST(R17Refreshes, AreNotAnsweredWithoutTheLease) {
  Room room;
  room.ask(1, 1);
  room.t.ready(2, room.t.view().last.value);
  room.t.forget();
  room.t.skip(41ms);  // 0.8 of the promise
  room.ask(1, 2, wire::AnnounceEvent::none);
  EXPECT_EQ(answered(room.t), Transactions{});
}

TEST(R17Refreshes, AreAnsweredUntilTheLeaseEndsAndNotLonger) {
  Room room;
  room.ask(1, 1);
  room.t.ready(2, room.t.view().last.value);
  room.t.forget();
  const auto left = room.t.view().lease_until - room.t.now();
  EXPECT_EQ(left, 40ms);
  room.t.skip(left - 1ns);
  room.ask(1, 2, wire::AnnounceEvent::none);
  EXPECT_EQ(answered(room.t), Transactions{2});
  room.t.skip(1ns);
  room.ask(1, 3, wire::AnnounceEvent::none);
  EXPECT_EQ(answered(room.t), Transactions{2});
}

TEST(R17Refreshes, ADuplicatedAcknowledgementExtendsNoLease) {
  Room room;
  const auto ack = wire::Ready{room.t.acknowledgement(room.t.view().last.value)};
  const auto term = room.t.view().term.value;
  room.t.hear(2, term, ack);
  const auto until = room.t.view().lease_until;
  room.t.skip(20ms);
  room.t.hear(2, term, ack);
  room.t.hear(2, term, ack);
  EXPECT_EQ(room.t.view().lease_until, until);
}

TEST(R17Refreshes, AnEchoOfTheFutureExtendsNoLease) {
  Room room;
  auto ack = room.t.acknowledgement(room.t.view().last.value);
  ack.echo += 1'000'000'000;
  const auto until = room.t.view().lease_until;
  room.t.hear(2, room.t.view().term.value, wire::Ready{ack});
  EXPECT_EQ(room.t.view().lease_until, until);
}

TEST(R17Refreshes, OfFiveTheLeaseIsThatOfTheThird) {
  SoloTracker t({.members = 5});
  t.win({2, 3});
  t.skip(10ms);
  t.ready(2, 1);
  const auto votes = t.view().lease_until;  // itself, 2, and 3 by its vote
  t.ready(3, 1);
  EXPECT_EQ(t.view().lease_until, votes + 10ms);
  t.skip(10ms);
  t.ready(2, 1);
  EXPECT_EQ(t.view().lease_until, votes + 10ms);
}

TEST(R17Expiry, IsTheMastersDecisionAfterAFullLifetimeUnheard) {
  TrackerSettings settings;
  settings.announce_interval = 1s;
  settings.client_interval = {};  // lifetime: 32.2 s
  Room room({.settings = settings});
  room.ask(1, 1);
  room.t.ready(2, room.t.view().last.value);
  room.t.pass_as_master(31s);
  EXPECT_EQ(room.t.tracker().table().registrations(), 1u);
  room.t.pass_as_master(2s);
  EXPECT_EQ(room.t.tracker().table().registrations(), 0u);
  EXPECT_EQ(room.t.events<event::PeerExpired>().size(), 1u);
}

TEST(R17Expiry, TakesAContentThatIsNotAnnouncedFromAPeerThatIsHeard) {
  TrackerSettings settings;
  settings.announce_interval = 1s;  // lifetime: 32 s
  settings.client_interval = {};
  Room room({.settings = settings});
  room.ask(1, 1);
  room.ask(2, 2);
  room.t.ready(2, room.t.view().last.value);
  for (std::uint32_t n = 3; n < 8; ++n) {  // two lifetimes
    room.t.pass_as_master(13s);
    room.ask(2, n, wire::AnnounceEvent::none);
  }
  room.t.ready(2, room.t.view().last.value);
  EXPECT_FALSE(room.t.tracker().table().find(content(1), alice));
  EXPECT_TRUE(room.t.tracker().table().find(content(2), alice));
}

// Found by scenarios/storm-in-sync.yaml, seed 10237: a peer that was due to expire while the master
// could not drain kept it awake for ever.
TEST(R17Expiry, WaitsForTheEndOfAHandOver) {
  TrackerSettings settings;
  settings.announce_interval = 1s;
  settings.client_interval = {};
  Room room({.settings = settings});
  room.ask(1, 1);
  room.t.ready(2, room.t.view().last.value);
  room.t.pass_as_master(31s);
  room.ask(2, 2);  // a registration that nobody acknowledges: it cannot be drained
  room.t.act([](Tracker& tracker, Time now, Outbox& out) { tracker.hand_over(now, out); });
  room.t.pass_as_master(10ms);
  EXPECT_GT(room.t.tracker().next_wake(), room.t.now());
}

// ---- R18: kept requests

// A slave that has heard master 2 tell that its oldest unanswered request is so old.
void hear_master(SoloTracker& t, std::uint32_t oldest_us) {
  auto state = t.master_state(1, 1, 1);
  state.oldest_unanswered_us = oldest_us;
  t.hear(2, 1, wire::KeepAlive{state});
}
void ask_to_connect(SoloTracker& t, std::uint32_t transaction) {
  t.hear_peer(alice, wire::ConnectRequest{TransactionId{transaction}});
}
std::vector<std::uint32_t> connected(const SoloTracker& t) {
  std::vector<std::uint32_t> transactions;
  for (const auto& response : t.replied<wire::ConnectResponse>())
    transactions.push_back(response.transaction.value);
  return transactions;
}

TEST(R18Kept, RequestsOfTheElectionAreAnsweredByTheNewMasterOldestFirst) {
  SoloTracker t;
  hear_master(t, 0);
  t.pass(10ms);
  ask_to_connect(t, 1);
  t.pass(10ms);
  ask_to_connect(t, 2);
  EXPECT_TRUE(t.replies().empty());
  t.serve(3);
  EXPECT_EQ(connected(t), (Transactions{1, 2}));
}

TEST(R18Kept, WhatTheOldMasterMayHaveAnsweredIsNotAnsweredAgain) {
  SoloTracker t;
  t.pass(1ms);
  ask_to_connect(t, 1);
  t.skip(5ms);
  ask_to_connect(t, 2);
  t.skip(5ms);
  hear_master(t, 6'000);  // unanswered: since 6 ms; 1 ms of margin
  t.serve(3);
  EXPECT_EQ(connected(t), Transactions{2});
}

// Else a recorded keep-alive of a dead master would make the new one drop what nobody has answered.
TEST(R18Kept, ACopyOfAKeepAliveAnswersNothing) {
  SoloTracker t;
  const wire::KeepAlive last{t.master_state(1, 1, 0)};
  t.hear(2, 1, last);
  t.skip(10ms);
  ask_to_connect(t, 1);
  t.skip(10ms);
  t.hear(2, 1, last);
  t.serve(3);
  EXPECT_EQ(connected(t), Transactions{1});
}

TEST(R18Kept, AreAtMostASecondOld) {
  SoloTracker t;
  hear_master(t, 0);
  ask_to_connect(t, 1);
  t.skip(1001ms);
  ask_to_connect(t, 2);
  t.serve(3);
  EXPECT_EQ(connected(t), Transactions{2});
}

TEST(R18Kept, AChangeInTheLogAfterItArrivedWins) {
  Room room;  // a master that loses its place with a request in hand
  room.ask(1, 1);
  room.t.ready(2, room.t.view().last.value);
  room.t.pass_as_master(5ms);
  const auto term = room.t.view().term.value;
  const auto last = room.t.view().last.value;
  room.t.forget();
  room.t.keep_alive(3, term + 1, last, term, last);
  room.ask(1, 2, wire::AnnounceEvent::started);
  const auto removal = block(last + 1, term + 1, Remove{content(1), alice}, 99'000'000);
  room.t.prepare(3, term + 1, removal, term, last + 1);
  EXPECT_EQ(room.t.tracker().table().registrations(), 0u);
  room.t.serve(2);
  room.t.pass_as_master(5ms);
  EXPECT_EQ(answered(room.t), Transactions{});
  EXPECT_EQ(room.t.tracker().table().registrations(), 0u);
}

// A master has registered alice, another one is followed since, and then this tracker stands still.
// What waited in its sockets comes after what the other members say.
struct StoodStill {
  StoodStill() {
    room.ask(1, 1);
    room.t.ready(2, room.t.view().last.value);
    room.t.pass_as_master(5ms);
    term = room.t.view().term.value;
    followed_at = room.t.now();
    follow(0s);
    go_on(300ms);
  }
  void go_on(Duration d) {
    for (Duration t = 0ns; t < d; t += 10ms) {
      room.t.pass(10ms);
      follow(10ms);
    }
  }
  // By the master's time so much later than at its last keep-alive.
  void follow(Duration later) {
    const auto last = room.t.view().last.value;
    room.t.others_clock += later - (room.t.now() - followed_at);
    followed_at = room.t.now();
    auto state = room.t.master_state(last, room.t.view().last_term.value, last);
    time_us += static_cast<std::uint64_t>(later / 1us);
    state.swarm_time_us = time_us;
    room.t.hear(3, term + 1, wire::KeepAlive{state});
  }
  // What a late farewell leaves of the registration, once this tracker is the master.
  std::size_t left() {
    room.ask(1, 2, wire::AnnounceEvent::stopped);
    room.t.serve(2);
    room.t.pass_as_master(5ms);
    return room.t.tracker().table().registrations();
  }
  Room room;
  std::uint64_t term{};
  std::uint64_t time_us = 20'000'000;
  Time followed_at{};  // by this tracker's clock
};
TEST(R18Kept, AFarewellCountsWhereNobodyStoodStill) {
  StoodStill s;
  s.go_on(20ms);
  EXPECT_EQ(s.left(), 0u);
}
TEST(R18Kept, AFarewellThatWaitedWhileThisTrackerStoodStillUndoesNothing) {
  StoodStill s;
  s.room.t.skip(600ms);
  s.follow(600ms);
  EXPECT_EQ(s.left(), 1u);
}
TEST(R18Kept, AFarewellThatWaitedWhileItsClockStoodStillTooUndoesNothing) {
  StoodStill s;
  s.follow(3s);
  EXPECT_EQ(s.left(), 1u);
}
// All keep-alives of that time have waited in the socket: each tells a little.
TEST(R18Kept, AFarewellThatWaitedWithAllKeepAlivesUndoesNothing) {
  StoodStill s;
  for (int i = 0; i < 300; ++i) s.follow(10ms);
  EXPECT_EQ(s.left(), 1u);
}
TEST(R18Kept, AShortStandstillIsNoticedToo) {
  StoodStill s;
  s.room.t.skip(250ms);
  s.follow(250ms);
  EXPECT_EQ(s.left(), 1u);
}
TEST(R18Kept, WhatComesAMomentAfterAStandstillCountsAgain) {
  StoodStill s;
  s.follow(3s);
  s.go_on(300ms);
  EXPECT_EQ(s.left(), 0u);
}
TEST(R18Kept, AMasterTellsTheAgeOfItsOldestUnansweredRequest) {
  Room room;
  room.ask(1, 1);
  room.t.forget();
  room.t.pass(20ms);
  ASSERT_FALSE(room.t.said<wire::KeepAlive>().empty());
  const auto state = room.t.said<wire::KeepAlive>().back().state;
  EXPECT_GE(state.oldest_unanswered_us, 9'000u);
  EXPECT_LE(state.oldest_unanswered_us, 20'000u);
}

TEST(R18Kept, AStrangerKeepsNothingAndAnswersNothing) {
  SoloTracker t({.fresh = true});
  ask_to_connect(t, 1);
  t.pass(100ms);
  EXPECT_TRUE(t.replies().empty());
}

}  // namespace
}  // namespace swarm::test
