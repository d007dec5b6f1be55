// The Peer Info Requester: contents that a peer joins, leaves, completes and declares.
#include "engine/peer/peer_info_requester.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/peer/peer.hpp"
#include "tests/engine/peer/requester_room.hpp"

namespace swarm::requesters {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// A network that reorders must not turn two announces around.
TEST(PeerInfoRequester, WhatIsWantedNextWaitsForTheAnswer) {
  Room room;
  const auto first = room.connect(room.join(1));
  EXPECT_THAT(room.complete(1), IsEmpty());
  const auto second = room.reply(AnnounceResponse{announce(first).transaction, 300, {}});
  EXPECT_THAT(all<event::PeerRegistered>(room.events), SizeIs(1));
  EXPECT_EQ(announce(second).event, AnnounceEvent::completed);
  EXPECT_FALSE(room.peer.idle());
  room.reply(AnnounceResponse{announce(second).transaction, 30, {}});
  EXPECT_THAT(all<event::PeerRegistered>(room.events), SizeIs(1));
  EXPECT_EQ(announce(room.wait()).event, AnnounceEvent::none);
}

TEST(PeerInfoRequester, LeavingBeforeTheAnswerStopsAfterIt) {
  Room room;
  const auto first = room.connect(room.join(1));
  EXPECT_THAT(room.leave(1), IsEmpty());
  EXPECT_THAT(all<event::PeerStopping>(room.events), SizeIs(1));
  const auto stop = room.reply(AnnounceResponse{announce(first).transaction, 300, {}});
  EXPECT_THAT(all<event::PeerRegistered>(room.events), IsEmpty());  // it is on its way out
  EXPECT_EQ(announce(stop).event, AnnounceEvent::stopped);
  room.reply(AnnounceResponse{announce(stop).transaction, 300, {}});
  EXPECT_EQ(room.peer.contents(), 0U);
}

TEST(PeerInfoRequester, OnlyWhatIsJoinedIsCompleted) {
  Room room;
  room.joined();
  EXPECT_THAT(room.complete(2), IsEmpty());
  const auto stop = room.leave(1);
  EXPECT_THAT(room.complete(1), IsEmpty());
  EXPECT_THAT(room.reply(AnnounceResponse{announce(stop).transaction, 300, {}}), IsEmpty());
  EXPECT_EQ(room.peer.contents(), 0U);
}

TEST(PeerInfoRequester, LeaveSaysStoppedAndForgetsWhenThatIsAnswered) {
  Room room;
  room.joined();
  const auto stop = room.leave(1);
  EXPECT_EQ(announce(stop).event, AnnounceEvent::stopped);
  EXPECT_EQ(all<event::PeerStopping>(room.events).at(0).info_hash, content(1));
  EXPECT_THAT(room.leave(1), IsEmpty());
  EXPECT_THAT(room.events, IsEmpty());
  EXPECT_EQ(room.peer.contents(), 1U);
  room.reply(AnnounceResponse{announce(stop).transaction, 300, {}});
  EXPECT_THAT(all<event::PeerRegistered>(room.events), IsEmpty());
  EXPECT_EQ(room.peer.contents(), 0U);
  EXPECT_EQ(room.peer.next_wake(), never);
}

TEST(PeerInfoRequester, LeavingWhatIsNotThereDoesNothing) {
  Room room;
  EXPECT_THAT(room.leave(1), IsEmpty());
  EXPECT_THAT(room.events, IsEmpty());
}

TEST(PeerInfoRequester, JoiningAgainWhileItStopsStartsAnew) {
  Room room;
  room.joined();
  EXPECT_THAT(room.join(1), IsEmpty());
  const auto stop = room.leave(1);
  EXPECT_THAT(room.join(1), IsEmpty());
  const auto again = room.reply(AnnounceResponse{announce(stop).transaction, 300, {}});
  EXPECT_EQ(announce(again).event, AnnounceEvent::started);
  room.reply(AnnounceResponse{announce(again).transaction, 300, {}});
  EXPECT_EQ(room.peer.contents(), 1U);
}

TEST(PeerInfoRequester, DeclareScrapesAndRefreshesFromThenOn) {
  Room room;
  room.joined();
  const auto requests = room.declare({content(2), content(3)});
  const auto& scrape = std::get<ScrapeRequest>(requests.at(0));
  EXPECT_THAT(scrape.contents.items(), testing::ElementsAre(content(2), content(3)));
  EXPECT_FALSE(room.peer.idle());
  EXPECT_EQ(room.wait(), requests);
  room.reply(ScrapeResponse{scrape.transaction});
  const auto registered = all<event::PeerRegistered>(room.events);
  ASSERT_THAT(registered, SizeIs(2));
  EXPECT_EQ(registered[1].info_hash, content(3));
  EXPECT_EQ(registered[1].sendings, 2U);
  EXPECT_TRUE(room.peer.idle());
  EXPECT_EQ(room.peer.contents(), 3U);
  EXPECT_LT(room.peer.next_wake(), room.time() + 30s);
  EXPECT_EQ(announce(room.wait()).event, AnnounceEvent::none);
}

TEST(PeerInfoRequester, MoreThan24ContentsAreDeclaredInSeveralRequests) {
  Room room;
  room.joined();
  std::vector<InfoHash> contents;
  for (std::uint8_t c = 10; c < 60; ++c) contents.push_back(content(c));
  const auto requests = room.declare(contents);
  ASSERT_THAT(requests, SizeIs(3));
  EXPECT_EQ(std::get<ScrapeRequest>(requests[2]).contents.size(), 2U);
}

TEST(PeerInfoRequester, LeavingWhatIsBeingDeclaredStopsAfterTheAnswer) {
  Room room;
  room.joined();
  const auto requests = room.declare({content(2), content(3)});
  EXPECT_THAT(room.leave(2), IsEmpty());
  EXPECT_THAT(all<event::PeerStopping>(room.events), SizeIs(1));
  const auto stop = room.reply(ScrapeResponse{std::get<ScrapeRequest>(requests.at(0)).transaction});
  const auto registered = all<event::PeerRegistered>(room.events);
  ASSERT_THAT(registered, SizeIs(1));
  EXPECT_EQ(registered[0].info_hash, content(3));
  EXPECT_EQ(announce(stop).event, AnnounceEvent::stopped);
  EXPECT_EQ(announce(stop).info_hash, content(2));
}

// On a network that swaps datagrams the farewell would undo the declaration.
TEST(PeerInfoRequester, WhatHasAFarewellUnderWayIsToldOfAfterItsAnswer) {
  Room room;
  const auto connect = room.announce_once(2, AnnounceEvent::stopped);
  EXPECT_THAT(room.declare({content(2), content(3)}), IsEmpty());  // there is no id yet
  const auto requests = room.connect(connect);
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(announce(requests).event, AnnounceEvent::stopped);
  EXPECT_THAT(std::get<ScrapeRequest>(requests[1]).contents.items(),
              testing::ElementsAre(content(3)));
  const auto again = room.reply(AnnounceResponse{announce(requests).transaction, 300, {}});
  EXPECT_THAT(all<event::PeerRegistered>(room.events), IsEmpty());
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(announce(again).info_hash, content(2));
  EXPECT_EQ(announce(again).event, AnnounceEvent::completed);
  room.reply(AnnounceResponse{announce(again).transaction, 300, {}});
  EXPECT_THAT(all<event::PeerRegistered>(room.events), SizeIs(1));
  EXPECT_EQ(room.peer.contents(), 1U);
}

TEST(PeerInfoRequester, AFarewellToWhatIsBeingDeclaredWaitsForTheAnswer) {
  Room room;
  room.joined();
  const auto requests = room.declare({content(2)});
  EXPECT_THAT(room.announce_once(2, AnnounceEvent::stopped), IsEmpty());
  const auto stop = room.reply(ScrapeResponse{std::get<ScrapeRequest>(requests.at(0)).transaction});
  EXPECT_THAT(all<event::PeerRegistered>(room.events), IsEmpty());
  ASSERT_THAT(stop, SizeIs(1));
  EXPECT_EQ(announce(stop).event, AnnounceEvent::stopped);
}

TEST(PeerInfoRequester, ASingleAnnounceIsForgottenOnceAnswered) {
  Room room;
  const auto request = room.connect(room.announce_once(1, AnnounceEvent::completed));
  EXPECT_EQ(announce(request).event, AnnounceEvent::completed);
  EXPECT_EQ(room.peer.contents(), 1U);
  room.reply(AnnounceResponse{announce(request).transaction, 300, {}});
  EXPECT_THAT(all<event::PeerRegistered>(room.events), SizeIs(1));
  EXPECT_EQ(room.peer.contents(), 0U);
  EXPECT_EQ(room.peer.next_wake(), never);
}

TEST(PeerInfoRequester, ASingleAnnounceOfNoEventRegistersNothing) {
  Room room;
  const auto request = room.connect(room.announce_once(1, AnnounceEvent::none));
  room.reply(AnnounceResponse{announce(request).transaction, 300, {}});
  EXPECT_THAT(all<event::PeerRegistered>(room.events), IsEmpty());
  EXPECT_TRUE(room.peer.idle());
  EXPECT_EQ(room.peer.contents(), 0U);
}

TEST(PeerInfoRequester, JoiningWhatIsAnnouncedOnceStays) {
  Room room;
  const auto once = room.connect(room.announce_once(1, AnnounceEvent::none));
  EXPECT_THAT(room.join(1), IsEmpty());
  const auto join = room.reply(AnnounceResponse{announce(once).transaction, 300, {}});
  EXPECT_EQ(announce(join).event, AnnounceEvent::started);
  room.reply(AnnounceResponse{announce(join).transaction, 300, {}});
  EXPECT_EQ(room.peer.contents(), 1U);
  EXPECT_EQ(room.peer.next_wake(), Time(300s));
}

// A predecessor at this address may be known as a seeder.
TEST(PeerInfoRequester, AFarewellThatWaitsForAConnectionIsSentBeforeTheNextStart) {
  Room room;
  const auto first = room.announce_once(1, AnnounceEvent::stopped);
  room.join(1);
  const auto farewell = announce(room.connect(first));
  EXPECT_EQ(farewell.event, AnnounceEvent::stopped);
  const auto next = announce(room.reply(AnnounceResponse{farewell.transaction, 1800, {}}));
  EXPECT_EQ(next.event, AnnounceEvent::started);
}

}  // namespace
}  // namespace swarm::requesters
