// The Peer Info Sender and the seed's peers: what a request registers, and when it is answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/tracker/answering/expiry.hpp"
#include "engine/wire/seed_protocol.hpp"
#include "tests/engine/tracker/answering/seed_room.hpp"
#include "tests/engine/tracker/answering/sender_room.hpp"

namespace swarm::seed_peers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

ClientError error_of(const std::vector<Sent>& sent) {
  EXPECT_EQ(sent.size(), 1U);
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(ClientError::count); ++i)
    if (as<ErrorResponse>(sent.at(0)).text == error_number(static_cast<ClientError>(i)))
      return static_cast<ClientError>(i);
  return ClientError::count;
}

// Connections and errors.

TEST(PeerInfoSender, AConnectIsAnsweredAtOnceWithAnIdThatIsGood) {
  Room room;
  const auto sent = room.serve(alice, ConnectRequest{{5}});
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].to, alice);
  EXPECT_EQ(as<ConnectResponse>(sent[0]), (ConnectResponse{{5}, room.id_of(alice)}));
  const auto& answered = std::get<event::Answered>(room.events.at(0));
  EXPECT_EQ(answered.term, Term{3});
  EXPECT_EQ(answered.peer, alice);
  EXPECT_EQ(answered.action, 0);
}

TEST(PeerInfoSender, ABadConnectionIdIsAnErrorAndChangesNothing) {
  Room room;
  auto request = room.announce(alice, started, 5);
  request.connection = room.id_of(bob);
  const auto sent = room.serve(alice, request);
  EXPECT_EQ(error_of(sent), ClientError::bad_connection);
  EXPECT_EQ(as<ErrorResponse>(sent[0]).transaction.value, 5U);
  EXPECT_THAT(room.log.operations, IsEmpty());
  EXPECT_EQ(std::get<event::Rejected>(room.events.at(0)).reason, Reject::unknown_connection);
}

TEST(PeerInfoSender, AnIdIsGoodForTwoMinutesOfSwarmTime) {
  Room room;
  room.registered(alice);
  const auto request = room.announce(alice, none, 5);
  room.now = 179s;
  EXPECT_THAT(room.serve(alice, request), SizeIs(1));
  EXPECT_EQ(room.log.operations.size(), 0U);
  room.now = 180s;
  EXPECT_EQ(error_of(room.serve(alice, request)), ClientError::bad_connection);
}

TEST(PeerInfoSender, PortZeroIsToldOfPeersAndNotRegistered) {
  Room room;
  room.registered(bob);
  for (const auto event : {started, none, completed}) {
    auto request = room.announce(alice, event, 5);
    request.port = 0;
    EXPECT_THAT(peers_of(room.serve(alice, request)), ElementsAre(bob));
  }
  auto request = room.announce(alice, stopped, 5);
  request.port = 0;
  EXPECT_THAT(peers_of(room.serve(alice, request)), IsEmpty());
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(PeerInfoSender, TheIpFieldIsBelievedOnlyWhenItIsTheSourcesOwn) {
  Room room;
  auto request = room.announce(alice, started, 5);
  request.ip = bob.ip.v4();
  EXPECT_EQ(error_of(room.serve(alice, request)), ClientError::bad_address);
  request.ip = alice.ip.v4();
  EXPECT_THAT(room.serve(alice, request), IsEmpty());  // waits for its commit
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(PeerInfoSender, AnAnswerableBadRequestGetsAnErrorAnotherOneNothing) {
  Room room;
  auto bytes = std::vector<std::uint8_t>(74, 0);
  bytes[11] = 1;
  bytes[59] = 9;  // no such event
  room.sender.serve(room.time(), {}, bytes, room.term, room.log, room.out);
  EXPECT_EQ(error_of(room.sent()), ClientError::bad_event);
  bytes.resize(80);
  room.sender.serve(room.time(), {}, bytes, room.term, room.log, room.out);
  EXPECT_THAT(room.sent(), IsEmpty());
  EXPECT_EQ(std::get<event::Rejected>(room.events.at(0)).reason, Reject::bad_length);
}

TEST(PeerInfoSender, ErrorsAreLimitedToTenPerSecondAndSource) {
  Room room;
  auto request = room.announce(alice, started, 5);
  request.connection = {};
  std::size_t errors = 0;
  for (int i = 0; i < 100; ++i) errors += room.serve(alice, request).size();
  EXPECT_EQ(errors, 10U);
  EXPECT_THAT(room.serve(bob, request), SizeIs(1));
  room.now = 1s;
  EXPECT_THAT(room.serve(alice, request), SizeIs(1));
}

// R16: a change is answered when it is committed.

TEST(PeerInfoSender, R16ARegistrationIsAnsweredWhenItsBlockIsCommitted) {
  Room room;
  EXPECT_THAT(room.serve(alice, room.announce(alice, started, 5)), IsEmpty());
  EXPECT_TRUE(room.sender.waiting());
  EXPECT_EQ(room.log.operations.at(0), Operation(Register{content(1), alice, leecher}));
  room.sender.committed(room.time(), LogIndex{100}, room.term, room.out);
  EXPECT_THAT(room.sent(), IsEmpty());
  const auto sent = room.commit();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(as<AnnounceResponse>(sent[0]), (AnnounceResponse{{5}, 300, {}}));
  EXPECT_EQ(sent[0].to, alice);
  EXPECT_FALSE(room.sender.waiting());
  EXPECT_EQ(count<event::Answered>(room.events), 1U);
}

TEST(PeerInfoSender, R16CommittedAnswersNothingBeyondItsIndex) {
  Room room;
  room.serve(alice, room.announce(alice, started, 5));
  room.serve(bob, room.announce(bob, started, 6));
  room.apply(room.log.operations[room.applied++]);
  room.sender.committed(room.time(), LogIndex{101}, room.term, room.out);
  const auto sent = room.sent();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].to, alice);
  EXPECT_TRUE(room.sender.waiting());
  EXPECT_THAT(room.commit(), SizeIs(1));
}

TEST(PeerInfoSender, TheAnnouncedPortIsRegisteredButTheSourceIsAnswered) {
  Room room;
  auto request = room.announce(alice, started, 5);
  request.port = 7777;
  room.serve(alice, request);
  EXPECT_EQ(std::get<Register>(room.log.operations.at(0)).peer, (Endpoint{alice.ip, 7777}));
  EXPECT_EQ(room.commit().at(0).to, alice);
}

TEST(PeerInfoSender, CompletedRegistersASeeder) {
  Room room;
  room.registered(alice);
  EXPECT_THAT(room.serve(alice, room.announce(alice, completed, 5)), IsEmpty());
  EXPECT_EQ(room.log.operations.at(0), Operation(Register{content(1), alice, seeder, true}));
  EXPECT_THAT(room.commit(), SizeIs(1));
  EXPECT_THAT(room.serve(alice, room.announce(alice, completed, 6)), SizeIs(1));  // again
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(PeerInfoSender, StoppedRemovesAndTellsNoPeers) {
  Room room;
  room.registered(alice);
  room.registered(bob);
  EXPECT_THAT(room.serve(alice, room.announce(alice, stopped, 5)), IsEmpty());
  EXPECT_EQ(room.log.operations.at(0), Operation(Remove{content(1), alice}));
  const auto sent = room.commit();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(as<AnnounceResponse>(sent[0]).peers.size(), 0U);
  EXPECT_EQ(room.table.contents_of(alice), 0U);
}

TEST(PeerInfoSender, StoppedOfAStrangerIsAnsweredAtOnce) {
  Room room;
  EXPECT_THAT(room.serve(alice, room.announce(alice, stopped, 5)), SizeIs(1));
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(PeerInfoSender, AScrapeDeclaresASeederOfEachContentAndIsAnsweredWhenAllAreCommitted) {
  Room room;
  room.registered(alice, seeder, 2);
  EXPECT_THAT(room.serve(alice, room.scrape(alice, 5, {1, 2, 3})), IsEmpty());
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Register{content(1), alice, seeder}),
                                               Operation(Register{content(3), alice, seeder})));
  room.apply(room.log.operations[room.applied++]);
  room.sender.committed(room.time(), LogIndex{101}, room.term, room.out);
  EXPECT_THAT(room.sent(), IsEmpty());
  const auto sent = room.commit();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(as<ScrapeResponse>(sent[0]).transaction.value, 5U);
  EXPECT_THAT(room.serve(alice, room.scrape(alice, 6, {1, 2, 3})), SizeIs(1));
  EXPECT_THAT(room.log.operations, SizeIs(2));
}

TEST(PeerInfoSender, AScrapeMakesALeecherASeeder) {
  Room room;
  room.registered(alice);
  room.serve(alice, room.scrape(alice, 5, {1}));
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Register{content(1), alice, seeder})));
}

// R17: what changes nothing is answered at once, unless an uncommitted block touches it.

TEST(PeerInfoSender, R17ARefreshOfAnUntouchedPeerIsAnsweredAtOnceAndKeepsItsState) {
  Room room;
  room.registered(alice, seeder);
  EXPECT_THAT(room.serve(alice, room.announce(alice, none, 5)), SizeIs(1));
  EXPECT_THAT(room.serve(alice, room.announce(alice, started, 6)), SizeIs(1));
  EXPECT_THAT(room.log.operations, IsEmpty());
  EXPECT_EQ(room.table.find(content(1), alice), seeder);
}

TEST(PeerInfoSender, R17ARefreshOfAnUncommittedPeerWaitsForThatCommit) {
  Room room;
  room.serve(alice, room.announce(alice, started, 5));
  EXPECT_THAT(room.serve(alice, room.announce(alice, none, 6)), IsEmpty());
  EXPECT_THAT(room.log.operations, SizeIs(1));
  const auto sent = room.commit();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(as<AnnounceResponse>(sent[0]).transaction.value, 5U);
  EXPECT_EQ(as<AnnounceResponse>(sent[1]).transaction.value, 6U);
  EXPECT_THAT(room.serve(alice, room.announce(alice, none, 7)), SizeIs(1));
}

TEST(PeerInfoSender, R17OtherContentsOfThePeerAreNotTouched) {
  Room room;
  room.registered(alice, leecher, 2);
  room.serve(alice, room.announce(alice, started, 5, 1));
  EXPECT_THAT(room.serve(alice, room.announce(alice, none, 6, 2)), SizeIs(1));
}

TEST(PeerInfoSender, R17ARequestIsJudgedByWhatTheUncommittedBlocksWillMakeTrue) {
  Room room;
  room.serve(alice, room.announce(alice, started, 5));
  room.serve(alice, room.announce(alice, completed, 6));
  room.serve(alice, room.announce(alice, stopped, 7));
  room.serve(alice, room.announce(alice, none, 8));
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Register{content(1), alice, leecher}),
                                               Operation(Register{content(1), alice, seeder, true}),
                                               Operation(Remove{content(1), alice}),
                                               Operation(Register{content(1), alice, leecher})));
  EXPECT_THAT(room.commit(), SizeIs(4));
  EXPECT_EQ(room.table.find(content(1), alice), leecher);
}

TEST(PeerInfoSender, R17ALaterBlockThatTouchesItKeepsARefreshWaiting) {
  Room room;
  room.serve(alice, room.announce(alice, started, 5));
  room.serve(alice, room.announce(alice, completed, 6));
  room.apply(room.log.operations[room.applied++]);
  room.sender.committed(room.time(), LogIndex{101}, room.term, room.out);
  EXPECT_THAT(room.sent(), SizeIs(1));
  EXPECT_THAT(room.serve(alice, room.announce(alice, none, 7)), IsEmpty());
  EXPECT_THAT(room.commit(), SizeIs(2));
}

TEST(PeerInfoSender, ARetransmissionOfWhatWaitsIsAnsweredOnce) {
  Room room;
  const auto request = room.announce(alice, started, 5);
  room.serve(alice, request);
  EXPECT_THAT(room.serve(alice, request), IsEmpty());
  room.serve(bob, room.announce(bob, started, 5));  // the same transaction of another source
  EXPECT_THAT(room.commit(), SizeIs(2));
  EXPECT_THAT(room.serve(alice, request), SizeIs(1));  // the answer may have been lost
}

// Found by scenarios/storm.yaml, seed 133: the network was late with a copy of `stopped`.
TEST(PeerInfoSender, ALateCopyOfARequestHasNoSecondEffect) {
  Room room;
  room.registered(alice);
  const auto stop = room.announce(alice, AnnounceEvent::stopped, 1);
  room.serve(alice, stop);
  room.commit();
  room.serve(alice, room.announce(alice, AnnounceEvent::started, 2));
  room.commit();
  EXPECT_THAT(room.serve(alice, stop), IsEmpty());  // an answer would confirm what is not so
  EXPECT_THAT(room.log.operations, SizeIs(2));
  room.now += 2s;  // another request of the same number, much later, is another request
  EXPECT_THAT(room.serve(alice, stop), IsEmpty());
  EXPECT_THAT(room.log.operations, SizeIs(3));
}

TEST(PeerInfoSender, TheOldestUnansweredIsTheAgeOfTheFirstThatWaits) {
  Room room;
  EXPECT_EQ(room.sender.oldest_unanswered(room.time()), 0ns);
  room.serve(alice, room.announce(alice, started, 5));
  room.now = 2ms;
  room.serve(bob, room.announce(bob, started, 6));
  room.now = 3ms;
  EXPECT_EQ(room.sender.oldest_unanswered(room.time()), 3ms);
  room.apply(room.log.operations[room.applied++]);
  room.sender.committed(room.time(), LogIndex{101}, room.term, room.out);
  EXPECT_EQ(room.sender.oldest_unanswered(room.time()), 1ms);
  room.commit();
  EXPECT_EQ(room.sender.oldest_unanswered(room.time()), 0ns);
}

// What an answer holds.

TEST(PeerInfoSender, AnAnswerHoldsTheIntervalAndOtherPeersOnly) {
  AnsweringSettings settings;
  settings.announce_interval = 17s;
  Room room(settings);
  room.registered(alice);
  room.registered(bob, seeder);
  const auto sent = room.serve(alice, room.announce(alice, none, 5));
  const auto& response = as<AnnounceResponse>(sent.at(0));
  EXPECT_EQ(response.interval, 17U);
  EXPECT_THAT(response.peers.items(), ElementsAre(bob));
}

TEST(PeerInfoSender, TheNumberOfPeersIsCappedByWishSettingAndWire) {
  const auto peers = [](std::uint32_t wanted, std::uint32_t cap) {
    AnsweringSettings settings;
    settings.max_peers_per_reply = cap;
    Room room(settings);
    for (std::uint16_t port = 1; port <= 200; ++port) room.registered({bob.ip, port});
    room.registered(alice);
    auto request = room.announce(alice, none, 5);
    request.num_want = wanted;
    return as<AnnounceResponse>(room.serve(alice, request).at(0)).peers.size();
  };
  EXPECT_EQ(peers(0, 82), 0U);
  EXPECT_EQ(peers(10, 82), 10U);
  EXPECT_EQ(peers(50, 20), 20U);
  EXPECT_EQ(peers(0xffffffff, 1000), 82U);
}

}  // namespace
}  // namespace swarm::seed_peers
