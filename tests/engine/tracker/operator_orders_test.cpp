// What an operator may ask of a tracker, at any instance: hand over, remove, leave, the first start
// by hand, and new settings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/tracker/settings_keys.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr auto welcome = static_cast<std::uint8_t>(wire::JoinStatus::welcome);
constexpr auto removed = static_cast<std::uint8_t>(wire::JoinStatus::removed);
constexpr auto remove_order = static_cast<std::uint8_t>(wire::Order::What::remove);
constexpr auto hand_over_order = static_cast<std::uint8_t>(wire::Order::What::hand_over);

template <class F>
bool order(SoloTracker& t, F f) {  // f(tracker, now, out)
  bool taken = false;
  t.act([&](Tracker& tracker, Time now, Outbox& out) { taken = f(tracker, now, out); });
  return taken;
}
bool remove(SoloTracker& t, std::uint32_t n) {
  return order(t, [n](Tracker& k, Time now, Outbox& o) { return k.remove(now, MemberId{n}, o); });
}
bool hand_over(SoloTracker& t) {
  return order(t, [](Tracker& k, Time now, Outbox& o) { return k.hand_over(now, o); });
}
bool leave(SoloTracker& t) {
  return order(t, [](Tracker& k, Time now, Outbox& o) { return k.leave(now, o); });
}
bool first_start(SoloTracker& t, FirstStart how) {
  return order(t, [how](Tracker& k, Time now, Outbox& o) { return k.first_start(now, how, o); });
}

// ---- ORDER: given at a slave

TEST(Orders, ASlaveAsksTheMasterThatItFollows) {
  SoloTracker t;
  t.keep_alive(2, 1);
  EXPECT_TRUE(remove(t, 3));
  EXPECT_TRUE(hand_over(t));
  const auto orders = t.said_to<wire::Order>(2);
  ASSERT_THAT(orders, SizeIs(2));
  EXPECT_EQ(orders[0].what, remove_order);
  EXPECT_EQ(orders[0].member, MemberId{3});
  EXPECT_EQ(orders[1].what, hand_over_order);
  EXPECT_THAT(t.said<wire::Order>(), SizeIs(2));
}

TEST(Orders, WithoutAMasterNobodyIsAsked) {
  SoloTracker t;
  EXPECT_FALSE(remove(t, 3));
  EXPECT_FALSE(hand_over(t));
  EXPECT_THAT(t.said<wire::Order>(), IsEmpty());
}

TEST(Orders, NeitherTheMasterNorAStrangerIsRemovedFromASlave) {
  SoloTracker t;
  t.keep_alive(2, 1);
  EXPECT_FALSE(remove(t, 2));
  EXPECT_FALSE(remove(t, 9));
  EXPECT_THAT(t.said<wire::Order>(), IsEmpty());
}

TEST(Orders, TheMasterObeysAMember) {
  SoloTracker t;
  t.serve();
  t.hear(2, t.view().term.value, wire::Order{remove_order, MemberId{3}});
  EXPECT_EQ(t.view().members, 2u);
}

TEST(Orders, TheSameOrderTwiceIsOne) {
  SoloTracker t({.members = 5});
  t.win({2, 3});
  const auto term = t.view().term.value;
  for (int i = 0; i < 3; ++i) t.hear(2, term, wire::Order{remove_order, MemberId{5}});
  for (int i = 0; i < 200; ++i) {
    t.pass(1ms);
    t.ready(2, t.view().last.value);
    t.ready(3, t.view().last.value);
  }
  EXPECT_EQ(t.view().members, 4u);
  EXPECT_THAT(t.events<event::ConfigChanged>(), SizeIs(1));
}

TEST(Orders, TheMasterHandsOverWhenAMemberSaysSo) {
  SoloTracker t;
  t.serve();
  t.hear(3, t.view().term.value, wire::Order{hand_over_order, {}});
  EXPECT_THAT(t.said<wire::HandOver>(), SizeIs(1));
}

TEST(Orders, OfAnOldTermOrAStrangerAreNotObeyed) {
  SoloTracker t;
  t.serve();
  t.hear(2, t.view().term.value - 1, wire::Order{remove_order, MemberId{3}});
  t.hear(7, t.view().term.value, wire::Order{remove_order, MemberId{3}});
  auto other_disk = t.header(2, t.view().term.value);
  other_disk.store = StoreId{222};
  t.hear(other_disk, wire::Order{remove_order, MemberId{3}}, address_of(2));
  t.pass_as_master(300ms);
  EXPECT_EQ(t.view().members, 3u);
}

TEST(Orders, ASlaveObeysNobody) {
  SoloTracker t;
  t.keep_alive(2, 1);
  t.forget();
  t.hear(3, 1, wire::Order{hand_over_order, {}});
  t.hear(3, 1, wire::Order{remove_order, MemberId{2}});
  EXPECT_THAT(t.said<wire::Order>(), IsEmpty());  // nor does it pass them on
  EXPECT_EQ(t.view().members, 3u);
}

TEST(Orders, TheMasterIsNotRemovedByAnybody) {
  SoloTracker t;
  t.serve();
  t.hear(2, t.view().term.value, wire::Order{remove_order, self});
  t.pass_as_master(300ms);
  EXPECT_EQ(t.view().members, 3u);
}

TEST(Orders, TheOnlyVoterHasNobodyToHandOverTo) {
  SoloTracker t({.members = 1});
  t.pass(500ms);
  ASSERT_TRUE(t.view().serving);
  EXPECT_FALSE(hand_over(t));
  t.pass(10ms);
  EXPECT_TRUE(t.view().serving);
}

// ---- leave

TEST(Leave, ASlaveAsksUntilItIsToldThatItIsRemoved) {
  SoloTracker t;
  t.keep_alive(2, 1);
  EXPECT_TRUE(leave(t));
  for (int i = 0; i < 30; ++i) {
    t.pass(10ms);
    t.keep_alive(2, 1);
  }
  const auto orders = t.said_to<wire::Order>(2);
  EXPECT_GE(orders.size(), 3u);
  EXPECT_LE(orders.size(), 5u);
  for (const auto& o : orders) EXPECT_EQ(o.member, self);
  EXPECT_EQ(t.exit_reason(), "");
  t.hear(2, 1, wire::JoinReply{removed, cluster_id, self, store_of(1)});
  EXPECT_EQ(t.exit_reason(), "left");
  EXPECT_THAT(t.events<event::Refused>(), IsEmpty());  // it is what was asked for
}

TEST(Leave, ACommittedConfigWithoutItIsEnough) {
  SoloTracker t;
  t.keep_alive(2, 1);
  Config two = voters(3);
  two.members.erase(two.members.begin());
  leave(t);
  t.prepare(2, 1, block(2, 1, two), 1);
  t.pass(120ms);
  EXPECT_EQ(t.exit_reason(), "");
  t.keep_alive(2, 1, 2, 1, 2);  // the order to commit
  t.pass(120ms);
  EXPECT_EQ(t.exit_reason(), "left");
}

TEST(Leave, AMasterHandsOverFirstThenAsksTheNewOne) {
  SoloTracker t;
  t.serve();
  EXPECT_TRUE(leave(t));
  EXPECT_THAT(t.said<wire::HandOver>(), SizeIs(1));
  EXPECT_THAT(t.said<wire::Order>(), IsEmpty());
  const auto next = t.view().term.value + 1;
  t.vote(2, next, t.view().last.value, t.view().term.value, wire::VoteFlag::handed_over, 1);
  t.keep_alive(2, next, t.view().last.value, next - 1);
  ASSERT_THAT(t.said_to<wire::Order>(2), SizeIs(1));
  EXPECT_EQ(t.said_to<wire::Order>(2)[0].member, self);
  EXPECT_EQ(t.exit_reason(), "");
}

TEST(Leave, AMasterThatCannotHandOverGoesOnAndTriesAgain) {
  SoloTracker t;
  t.serve(2);
  t.hear_peer({0x0a010001, 6881}, wire::ConnectRequest{TransactionId{1}});
  ASSERT_THAT(t.replied<wire::ConnectResponse>(), SizeIs(1));
  const auto connection = t.replied<wire::ConnectResponse>()[0].connection;
  wire::AnnounceRequest announce{connection, {2}, content(1), {}};
  announce.port = 6881;
  t.hear_peer({0x0a010001, 6881}, announce);  // a registration that nobody acknowledges
  const auto behind = t.view().last.value - 1;
  EXPECT_TRUE(leave(t));
  for (int i = 0; i < 300; ++i) {
    t.pass(1ms);
    t.ready(2, behind);
  }
  EXPECT_TRUE(t.view().serving);
  EXPECT_THAT(t.said<wire::HandOver>(), IsEmpty());
  for (int i = 0; i < 1200 && t.said<wire::HandOver>().empty(); ++i) {
    t.pass(1ms);
    t.ready(2, t.view().last.value);
  }
  EXPECT_THAT(t.said<wire::HandOver>(), SizeIs(1));
}

TEST(Leave, VotesButDoesNotStandWhileOthersCan) {
  SoloTracker t;
  t.keep_alive(2, 1);
  leave(t);
  t.forget();
  t.pass(900ms);  // the master is silent
  EXPECT_THAT(t.said<wire::PreVote>(), IsEmpty());
  EXPECT_THAT(t.said<wire::Vote>(), IsEmpty());
  t.vote(3, 2, 1, 1);
  ASSERT_THAT(t.said<wire::VoteReply>(), SizeIs(1));
  EXPECT_EQ(t.said<wire::VoteReply>()[0].granted, 1);
}

TEST(Leave, TakesNoHandOverAndNoShortCut) {
  SoloTracker t;
  t.keep_alive(2, 1);
  leave(t);
  t.hear(2, 1, wire::HandOver{LogIndex{1}, LogIndex{1}, 0});
  t.hear(2, 1, wire::Dead{MemberId{2}, boot_of(2), store_of(2)});
  t.pass(100ms);
  EXPECT_THAT(t.said<wire::Vote>(), IsEmpty());
  EXPECT_THAT(t.said<wire::PreVote>(), IsEmpty());
}

// Its log may be the only one left that has everything: then nobody else can be elected.
TEST(Leave, StandsAsTheLastResortAndHandsOver) {
  SoloTracker t;
  t.keep_alive(2, 1);
  leave(t);
  t.pass(1100ms);
  EXPECT_FALSE(t.said<wire::PreVote>().empty());
  t.win({3});
  t.ready(3, t.view().last.value);
  ASSERT_TRUE(t.view().serving);
  t.pass_as_master(1100ms, 3);
  EXPECT_FALSE(t.said<wire::HandOver>().empty());
}

TEST(Leave, TheOnlyVoterStays) {
  SoloTracker t({.members = 1});
  t.pass(500ms);
  EXPECT_FALSE(leave(t));
  t.pass(1s);
  EXPECT_EQ(t.exit_reason(), "");
  EXPECT_TRUE(t.view().serving);
}

TEST(Leave, OneThatBecameTheOnlyVoterMeanwhileStaysToo) {
  SoloTracker t({.members = 2});
  t.serve();
  t.hear(2, t.view().term.value, wire::Order{remove_order, MemberId{2}});
  ASSERT_EQ(t.view().members, 1u);
  t.ready(2, t.view().last.value);
  EXPECT_FALSE(leave(t));
  t.pass(2s);
  EXPECT_TRUE(t.view().serving);
}

TEST(Leave, ALearnerIsRemovedToo) {
  Config config = voters(3);
  config.members[0].standing = Standing::learner;
  SoloTracker t({.config = config});
  t.keep_alive(2, 1);
  EXPECT_TRUE(leave(t));
  EXPECT_THAT(t.said_to<wire::Order>(2), SizeIs(1));
}

TEST(Leave, AStrangerIsDoneAtOnce) {
  SoloTracker t({.fresh = true});
  EXPECT_TRUE(leave(t));
  EXPECT_EQ(t.exit_reason(), "stopped: it belonged to no swarm");
}

TEST(Leave, StopEndsTheWaiting) {
  SoloTracker t;
  EXPECT_TRUE(leave(t));  // there is no master
  t.pass(500ms);
  EXPECT_EQ(t.exit_reason(), "");
  t.act([](Tracker& k, Time now, Outbox& out) { k.stop(now, out); });
  EXPECT_EQ(t.exit_reason(), "stopped");
}

// ---- first-start = manual

SoloTracker::Options fresh(FirstStart how) {
  TrackerSettings settings;
  settings.first_start = how;
  settings.contacts = {address_of(2), address_of(3)};
  return {.settings = settings, .fresh = true};
}

TEST(ManualFirstStart, SaysNothingBeforeItIsTold) {
  SoloTracker t(fresh(FirstStart::manual));
  t.hear({{}, {}, {}, BootId{2}, StoreId{2}, {}}, wire::Hello{3, address_of(2)}, address_of(2));
  t.pass(2s);
  EXPECT_THAT(t.sent<wire::Hello>(), IsEmpty());
  EXPECT_THAT(t.sent<wire::Join>(), IsEmpty());
  EXPECT_EQ(t.view().role, Role::stranger);
}

TEST(ManualFirstStart, InitFoundsAlone) {
  SoloTracker t(fresh(FirstStart::manual));
  t.pass(1s);
  EXPECT_TRUE(first_start(t, FirstStart::init));
  t.pass(500ms);
  EXPECT_TRUE(t.view().serving);
  EXPECT_FALSE(first_start(t, FirstStart::init));  // no stranger any more
  EXPECT_FALSE(first_start(t, FirstStart::join));
}

TEST(ManualFirstStart, AFoundingGoesOnAfterARestart) {
  SoloTracker t(fresh(FirstStart::manual));
  EXPECT_TRUE(first_start(t, FirstStart::init));
  t.hold_ballot();
  t.pass(60ms);
  EXPECT_FALSE(first_start(t, FirstStart::join));  // bound, or about to be
  t.hold_log();
  t.sync_ballot();
  t.restart();
  t.hold_ballot(false);
  t.hold_log(false);
  t.pass(1s);
  EXPECT_TRUE(t.view().serving);
}

TEST(ManualFirstStart, JoinAsksTheContacts) {
  SoloTracker t(fresh(FirstStart::manual));
  EXPECT_TRUE(first_start(t, FirstStart::join));
  t.pass(60ms);
  EXPECT_FALSE(t.said_to<wire::Join>(2).empty());
  t.hear(2, 4, wire::JoinReply{welcome, cluster_id, MemberId{4}, t.store()});
  EXPECT_EQ(t.view().member, MemberId{4});
}

TEST(ManualFirstStart, NothingElseIsAnOrder) {
  SoloTracker t(fresh(FirstStart::manual));
  EXPECT_FALSE(first_start(t, FirstStart::bootstrap));
  EXPECT_FALSE(first_start(t, FirstStart::manual));
  t.pass(200ms);
  EXPECT_THAT(t.sent<wire::Hello>(), IsEmpty());
}

TEST(ManualFirstStart, WhoWasRefusedMayStillJoin) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  const auto exists = static_cast<std::uint8_t>(wire::JoinStatus::swarm_exists);
  t.hear(2, 1, wire::JoinReply{exists, cluster_id, {}, t.store()});
  ASSERT_THAT(t.events<event::Refused>(), SizeIs(1));
  EXPECT_TRUE(first_start(t, FirstStart::join));
  t.pass(60ms);
  EXPECT_FALSE(t.sent<wire::Join>().empty());
}

// ---- reload

void reload(SoloTracker& t, const TrackerSettings& settings) {
  t.act([&](Tracker& k, Time now, Outbox& out) { k.reload(now, settings, out); });
}

// A peer connects, and announces content 1.
void announce(SoloTracker& t, std::uint32_t transaction) {
  const Endpoint alice{0x0a010001, 6881};
  t.hear_peer(alice, wire::ConnectRequest{TransactionId{1}});
  wire::AnnounceRequest request{
      t.replied<wire::ConnectResponse>().at(0).connection, {transaction}, content(1), {}};
  request.port = alice.port;
  t.hear_peer(alice, request);
}

// Contacts with a name are known when somebody else has told their addresses.
TEST(Reload, AStrangerAsksContactsThatItLearnsOfLater) {
  auto options = fresh(FirstStart::join);
  options.settings.contacts.clear();
  SoloTracker t(options);
  t.pass(200ms);
  EXPECT_TRUE(t.sent<wire::Join>().empty());
  options.settings.contacts = {address_of(2)};
  reload(t, options.settings);
  t.pass(100ms);
  EXPECT_FALSE(t.sent<wire::Join>().empty());
}

TEST(Reload, TakesOverWhatItMayAndNothingElse) {
  TrackerSettings settings, other;
  other.keep_alive = 20ms;
  other.promise = 90ms;
  other.bootstrap_expect = 5;
  other.cluster_address = address_of(9);
  other.max_peers = 7;
  other.announce_interval = 20s;
  reload_tracker_settings(settings, other);
  EXPECT_EQ(settings.keep_alive, 10ms);
  EXPECT_EQ(settings.promise, 50ms);
  EXPECT_EQ(settings.bootstrap_expect, 3u);
  EXPECT_EQ(settings.cluster_address, Endpoint{});
  EXPECT_EQ(settings.max_peers, 7u);
  EXPECT_EQ(settings.announce_interval, 20s);
}

TEST(Reload, WhatContradictsEachOtherIsReloadedTogether) {
  const auto reloadable = [](const char* key) {
    return find_tracker_settings_key(key)->reloadable;
  };
  EXPECT_EQ(reloadable("sync_hand_over"), reloadable("sync_exit"));
  EXPECT_EQ(reloadable("vote_retry_min"), reloadable("vote_retry_max"));
  EXPECT_EQ(reloadable("keep_alive"), reloadable("promise"));
  EXPECT_EQ(reloadable("promise"), reloadable("promise_max"));
}

TEST(Reload, WhatIsOnTheNewListIsTrackedNoMore) {
  SoloTracker t({.members = 1});
  t.pass(500ms);
  announce(t, 2);
  ASSERT_THAT(t.replied<wire::AnnounceResponse>(), SizeIs(1));
  TrackerSettings settings;
  settings.contents_taken =
      std::make_shared<ContentList>(ContentList::Kind::deny, std::vector<InfoHash>{content(1)});
  reload(t, settings);
  announce(t, 3);
  EXPECT_THAT(t.replied<wire::AnnounceResponse>(), SizeIs(1));
  EXPECT_THAT(t.replied<wire::ErrorResponse>(), SizeIs(1));
}

TEST(Reload, ThePeersAreToldTheNewInterval) {
  SoloTracker t({.members = 1});
  t.pass(500ms);
  TrackerSettings settings;
  settings.announce_interval = 20s;
  reload(t, settings);
  announce(t, 2);
  ASSERT_THAT(t.replied<wire::AnnounceResponse>(), SizeIs(1));
  EXPECT_EQ(t.replied<wire::AnnounceResponse>()[0].interval, 20u);
}

TEST(Reload, AShorterStatusIntervalHolds) {
  SoloTracker t;
  TrackerSettings settings;
  settings.status_interval = 10ms;
  reload(t, settings);
  t.pass(100ms);
  t.forget();
  t.pass(100ms);
  EXPECT_GE(t.said_to<wire::Status>(2).size(), 9u);
}

}  // namespace
}  // namespace swarm::test
