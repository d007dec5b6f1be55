// R18 of the cluster protocol: a new master answers what was kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wire/seed_protocol.hpp"
#include "tests/engine/tracker/answering/seed_room.hpp"
#include "tests/engine/tracker/answering/sender_room.hpp"

namespace swarm::seed_peers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Connections and errors.

TEST(PeerInfoSender, R18AKeptRequestWithPortZeroIsAnsweredAndRegistersNobody) {
  Room room;
  room.registered(bob);
  auto request = room.announce(alice, started, 5);
  request.port = 0;
  room.keep(alice, request);
  room.sender.prepare_takeover(room.time(), {}, room.log);
  EXPECT_THAT(peers_of(room.take_over()), ElementsAre(bob));
  EXPECT_THAT(room.log.operations, IsEmpty());
}

// R18: requests of the election.

TEST(PeerInfoSender, R18ANewMasterAnswersWhatWasKeptOldestFirst) {
  Room room;
  room.registered(alice);
  room.keep(alice, room.announce(alice, none, 5));
  room.now = 1ms;
  room.keep(bob, room.announce(bob, started, 6));
  room.now = 2ms;
  room.keep(alice, ConnectRequest{{7}});
  EXPECT_EQ(room.sender.kept(), 3U);
  room.now = 50ms;
  const auto sent = room.take_over();
  ASSERT_THAT(sent, SizeIs(2));  // the registration waits for its commit
  EXPECT_EQ(as<AnnounceResponse>(sent[0]).transaction.value, 5U);
  EXPECT_EQ(as<ConnectResponse>(sent[1]).transaction.value, 7U);
  EXPECT_EQ(std::get<event::KeptAnswered>(room.events.back()).requests, 3U);
  EXPECT_EQ(room.sender.kept(), 0U);
  EXPECT_EQ(room.sender.oldest_unanswered(room.time()), 49ms);
  EXPECT_THAT(room.commit(), SizeIs(1));
  EXPECT_EQ(room.table.find(content(1), bob), leecher);
}

TEST(PeerInfoSender, R18OnlyWhatCameSinceTheGivenTimeIsAnswered) {
  Room room;
  room.now = 10ms;
  room.keep(alice, ConnectRequest{{5}});
  room.now = 20ms;
  room.keep(alice, ConnectRequest{{6}});
  const auto sent = room.take_over(20ms);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(as<ConnectResponse>(sent[0]).transaction.value, 6U);
}

TEST(PeerInfoSender, R18WhatIsOlderThanASecondIsForgotten) {
  Room room;
  room.keep(alice, ConnectRequest{{5}});
  room.now = 1ms;
  room.keep(alice, ConnectRequest{{6}});
  room.now = 1001ms;
  const auto sent = room.take_over();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(as<ConnectResponse>(sent[0]).transaction.value, 6U);
}

TEST(PeerInfoSender, R18ARetransmissionIsAnsweredOnce) {
  Room room;
  room.registered(alice);
  for (int i = 0; i < 3; ++i) room.keep(alice, room.announce(alice, none, 5));
  EXPECT_THAT(room.take_over(), SizeIs(1));
}

TEST(PeerInfoSender, R18ARequestThatThePredecessorCarriedOutIsAnsweredFromTheTable) {
  Room room;
  room.keep(alice, room.announce(alice, completed, 5));
  room.apply(Register{content(1), alice, seeder});
  EXPECT_THAT(room.take_over(), SizeIs(1));
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(PeerInfoSender, R18ARequestDoesNotUndoAChangeThatCameAfterIt) {
  Room room;
  room.registered(alice);
  room.keep(alice, room.announce(alice, started, 5));
  room.apply(Remove{content(1), alice});  // at the same instant, but later
  // Answering would tell the peer that it is registered, which it is not.
  EXPECT_THAT(room.take_over(), IsEmpty());
  EXPECT_THAT(room.log.operations, IsEmpty());
  room.serve(alice, room.announce(alice, started, 5));  // its retransmission is a new request
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(PeerInfoSender, R18AChangeBeforeTheRequestDoesNotMatter) {
  Room room;
  room.registered(alice);
  room.keep(bob, room.announce(bob, none, 4));
  room.apply(Remove{content(1), alice});
  room.keep(alice, room.announce(alice, started, 5));
  room.take_over();
  EXPECT_THAT(room.log.operations,
              testing::Contains(Operation(Register{content(1), alice, leecher})));
}

TEST(PeerInfoSender, R18AnExpiryCountsAsAChangeOfAllContents) {
  Room room;
  room.registered(alice, leecher, 2);
  room.keep(alice, room.announce(alice, started, 5, 1));
  room.apply(Expire{{alice}});
  EXPECT_THAT(room.take_over(), IsEmpty());
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(PeerInfoSender, R18OfARetransmittedRequestTheLastCopyCounts) {
  Room room;
  room.registered(alice);
  room.keep(alice, room.announce(alice, started, 5));
  room.apply(Remove{content(1), alice});
  room.keep(alice, room.announce(alice, started, 5));
  room.take_over();
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(PeerInfoSender, R18WhatWaitsWhenMastershipEndsIsKept) {
  Room room;
  room.now = 1ms;
  room.serve(alice, room.announce(alice, started, 5));
  room.now = 2ms;
  room.keep(bob, room.announce(bob, stopped, 6));  // its lease had run out
  room.now = 3ms;
  room.step_down();
  EXPECT_FALSE(room.sender.waiting());
  EXPECT_EQ(room.sender.oldest_unanswered(room.time()), 0ns);
  EXPECT_EQ(room.sender.kept(), 2U);
  EXPECT_THAT(room.commit(), IsEmpty());  // its log may commit under another master
  const auto sent = room.take_over();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0].to, alice);
  EXPECT_EQ(sent[1].to, bob);
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(PeerInfoSender, R18UncommittedBlocksAreForgottenWithTheMastership) {
  Room room;
  room.serve(alice, room.announce(alice, started, 5));  // its block will be truncated
  room.step_down();
  room.log.operations.clear();
  EXPECT_THAT(room.take_over(), IsEmpty());
  EXPECT_THAT(room.log.operations, SizeIs(1));  // proposed again
  EXPECT_THAT(room.commit(), SizeIs(1));
}

TEST(PeerInfoSender, R18TheRingIsBoundedAndDropsTheOldest) {
  AnsweringSettings settings;
  settings.kept_requests = 4;
  Room room(settings);
  for (std::uint32_t i = 1; i <= 10; ++i) room.keep(alice, ConnectRequest{{i}});
  EXPECT_EQ(room.sender.kept(), 4U);
  const auto sent = room.take_over();
  ASSERT_THAT(sent, SizeIs(4));
  EXPECT_EQ(as<ConnectResponse>(sent[0]).transaction.value, 7U);
}

TEST(PeerInfoSender, R18MoreChangesThanAreRememberedCountAsChangedToBeSafe) {
  AnsweringSettings settings;
  settings.kept_requests = 4;
  Room room(settings);
  room.keep(alice, room.announce(alice, started, 5));
  for (std::uint8_t c = 10; c < 20; ++c) room.apply(Register{content(c), bob, leecher});
  EXPECT_THAT(room.take_over(), IsEmpty());
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(PeerInfoSender, R18AWinnerProposesWhatWasKeptAndAnswersItWhenItTakesOver) {
  Room room;
  room.keep(alice, room.announce(alice, started, 5));
  room.keep(bob, room.scrape(bob, 6, {1, 2}));
  room.sender.prepare_takeover(room.time(), {}, room.log);
  EXPECT_THAT(room.log.operations, SizeIs(3));
  EXPECT_THAT(room.commit(), IsEmpty());
  EXPECT_THAT(room.take_over(), SizeIs(2));
  EXPECT_THAT(room.log.operations, SizeIs(3));
}

// The oldest of them the dead master has answered; those that came since then wait.
TEST(PeerInfoSender, R18OfManyAWinnerProposesTheYoungestInTheirOrder) {
  Room room;
  constexpr std::uint32_t all = 400;
  const auto peer = [](std::uint32_t n) { return Endpoint{0x0a020000 + n, 6881}; };
  for (std::uint32_t n = 1; n <= all; ++n) room.keep(peer(n), room.announce(peer(n), started, n));
  room.sender.prepare_takeover(room.time(), {}, room.log);
  const auto proposed = room.log.operations;
  ASSERT_THAT(proposed, SizeIs(256));
  for (std::uint32_t i = 0; i < proposed.size(); ++i)
    EXPECT_EQ(std::get<Register>(proposed[i]).peer, peer(all - 255 + i));
  room.commit();
  std::size_t answered = room.take_over().size();
  for (int slices = 0; slices < 10; ++slices) {
    answered += room.commit().size();
    room.sender.serve_kept(room.time(), Time{}, room.term, room.log, room.out);
    answered += room.sent().size();
  }
  EXPECT_EQ(answered, all);
  EXPECT_THAT(room.log.operations, SizeIs(all)) << "each once";
}

// What is older, and left for after the commit, undoes nothing of it.
TEST(PeerInfoSender, R18WhatAWinnerLeavesForLaterDoesNotUndoWhatIsYounger) {
  Room room;
  room.keep(alice, room.announce(alice, stopped, 1));
  for (std::uint32_t n = 1; n <= 255; ++n)
    room.keep(bob, room.announce(bob, none, 1000 + n, static_cast<std::uint8_t>(n)));
  room.keep(alice, room.announce(alice, completed, 2));
  room.sender.prepare_takeover(room.time(), {}, room.log);
  ASSERT_THAT(room.log.operations, SizeIs(256));
  room.commit();
  room.take_over();
  room.commit();
  EXPECT_EQ(room.table.find(content(1), alice), seeder);
}

TEST(PeerInfoSender, R18AWinnerDoesNotJudgeByATableThatLacksTheEndOfItsLog) {
  Room room;
  room.keep(alice, room.announce(alice, completed, 5));
  const Operation in_the_log = Register{content(1), alice, seeder};
  room.sender.applied(room.time(), in_the_log);  // appended, not yet in the table
  room.keep(alice, room.announce(alice, none, 6));
  room.sender.prepare_takeover(room.time(), {}, room.log);
  EXPECT_THAT(room.log.operations, IsEmpty());  // a leecher would undo it
  std::vector<db::RowChange> rows;
  room.table.apply(in_the_log, room.time(), rows);
  EXPECT_THAT(room.take_over(), SizeIs(2));
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(PeerInfoSender, OnlyRequestsOfThisDialectAreKept) {
  Room room;
  const std::vector<std::uint8_t> noise(74, 0xff);
  room.sender.keep(room.time(), {}, noise);
  EXPECT_EQ(room.sender.kept(), 0U);
}

TEST(PeerInfoSender, LongScrapesAreKeptWhole) {
  Room room;
  ScrapeRequest request{room.id_of(alice), {5}, {}};
  for (std::uint8_t c = 1; c <= 24; ++c) request.contents.push_back(content(c));
  room.keep(alice, request);
  room.take_over();
  EXPECT_THAT(room.log.operations, SizeIs(24));
  EXPECT_THAT(room.commit(), SizeIs(1));
}

}  // namespace
}  // namespace swarm::seed_peers
