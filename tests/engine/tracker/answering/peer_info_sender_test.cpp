// The Peer Info Sender and the seed's peers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "engine/tracker/answering/expiry.hpp"
#include "engine/wire/client_protocol.hpp"
#include "engine/wire/operations.hpp"
#include "tests/engine/tracker/answering/sender_room.hpp"

namespace swarm {
namespace {

using namespace wire;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto leecher = PeerState::leecher;
constexpr auto seeder = PeerState::seeder;
constexpr auto started = AnnounceEvent::started;
constexpr auto none = AnnounceEvent::none;
constexpr auto completed = AnnounceEvent::completed;
constexpr auto stopped = AnnounceEvent::stopped;

constexpr Endpoint alice{0x0a000001, 6881};
constexpr Endpoint bob{0x0a000002, 6881};

InfoHash content(std::uint8_t n) {
  InfoHash hash;
  hash.bytes.fill(n);
  return hash;
}
InfoHash numbered(std::uint32_t n) {  // none of those
  InfoHash hash;
  std::memcpy(hash.bytes.data(), &n, sizeof n);
  return hash;
}

struct Sent {
  Endpoint to;
  Response response;
};

// One tracker's Peer Info Sender with its table, and a small vocabulary.
struct Room : SenderRoom {
  explicit Room(AnsweringSettings s = {}) : SenderRoom(s) {}

  Asker from_group(const Endpoint& client) const {
    return {.client = client, .arrived = time(), .multicast = true};
  }
  AnnounceRequest announce(const Endpoint& from, AnnounceEvent event, std::uint32_t transaction,
                           std::uint8_t c = 1) const {
    AnnounceRequest request{id_of(from), {transaction}, content(c), {}};
    request.event = event;
    request.num_want = 50;
    request.port = from.port;
    return request;
  }
  ScrapeRequest scrape(const Endpoint& from, std::uint32_t transaction,
                       std::initializer_list<std::uint8_t> contents) const {
    ScrapeRequest request{id_of(from), {transaction}, {}};
    for (const auto c : contents) request.contents.push_back(content(c));
    return request;
  }

  std::vector<Sent> sent() {
    std::vector<Sent> all;
    for (std::size_t i = 0; i < out.datagrams(); ++i) {
      const auto datagram = out.datagram(i);
      EXPECT_EQ(datagram.channel, Channel::peers);
      all.push_back({datagram.to, decode_response(datagram.bytes).value()});
    }
    events = out.events();
    out.clear();
    return all;
  }
  template <class R>
  std::vector<Sent> serve(const Endpoint& from, const R& request) {
    sender.serve(time(), from_group(from), encode(request).bytes(), term, log, out);
    return sent();
  }
  template <class R>
  void keep(const Endpoint& from, const R& request) {
    sender.keep(time(), from_group(from), encode(request).bytes());
  }
  std::vector<Sent> commit() { return commit_all(), sent(); }
  std::vector<Sent> take_over(Duration since = {}) { return serve_again(Time(since)), sent(); }
  // What expires until then is committed at once.
  void expire_until(Duration end) {
    for (Time next; (next = sender.next_expiry()) <= Time(end);) {
      now = next.time_since_epoch();
      sender.expire(next, log, out);
      commit();
    }
    now = end;
  }
  void registered(const Endpoint& peer, PeerState state, std::initializer_list<std::uint8_t> all) {
    for (const auto c : all) registered(peer, state, c);
  }
  void registered(const Endpoint& peer, PeerState state = leecher, std::uint8_t c = 1) {
    apply(Register{content(c), peer, state});
  }
};

template <class R>
const R& as(const Sent& sent) {
  return std::get<R>(sent.response);
}

ClientError error_of(const std::vector<Sent>& sent) {
  EXPECT_EQ(sent.size(), 1U);
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(ClientError::count); ++i)
    if (as<ErrorResponse>(sent.at(0)).text == error_number(static_cast<ClientError>(i)))
      return static_cast<ClientError>(i);
  return ClientError::count;
}

std::vector<Endpoint> peers_of(const std::vector<Sent>& sent) {
  EXPECT_EQ(sent.size(), 1U);
  const auto* response = sent.empty() ? nullptr : std::get_if<AnnounceResponse>(&sent[0].response);
  EXPECT_TRUE(response);
  if (!response) return {};
  return {response->peers.begin(), response->peers.end()};
}

template <class E>
std::size_t count(const std::vector<Event>& events) {
  return static_cast<std::size_t>(std::count_if(
      events.begin(), events.end(), [](const auto& e) { return std::holds_alternative<E>(e); }));
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

TEST(PeerInfoSender, WhenFullItAnswersAndDoesNotInsert) {
  AnsweringSettings settings;
  settings.max_peers = 1;
  Room room(settings);
  room.serve(alice, room.announce(alice, started, 5));
  EXPECT_THAT(room.serve(bob, room.announce(bob, started, 6)), SizeIs(1));
  room.commit();
  EXPECT_TRUE(room.sender.full());
  EXPECT_THAT(room.serve(bob, room.announce(bob, started, 7)), SizeIs(1));
  EXPECT_EQ(count<event::NotStored>(room.events), 1U);
  EXPECT_THAT(room.log.operations, SizeIs(1));
  room.serve(alice, room.announce(alice, completed, 8));  // a known peer may still change
  EXPECT_THAT(room.log.operations, SizeIs(2));
  EXPECT_EQ(count<event::NotStored>(room.events), 0U);
}

TEST(PeerInfoSender, OnePeerCannotFillTheTableForTheOthers) {
  AnsweringSettings settings;
  settings.max_contents_per_peer = 3;
  Room room(settings);
  room.serve(alice, room.scrape(alice, 5, {1, 2, 3, 4, 5}));  // what is uncommitted counts
  EXPECT_EQ(count<event::NotStored>(room.events), 2U);
  EXPECT_THAT(room.commit(), SizeIs(1));
  EXPECT_EQ(room.table.contents_of(alice), 3U);
  EXPECT_THAT(room.serve(alice, room.announce(alice, started, 6, 4)), SizeIs(1));
  EXPECT_EQ(count<event::NotStored>(room.events), 1U);
  EXPECT_FALSE(room.sender.full());
  room.serve(bob, room.announce(bob, started, 7, 4));
  room.serve(alice, room.announce(alice, stopped, 8, 1));
  room.commit();
  room.serve(alice, room.announce(alice, started, 9, 4));
  EXPECT_EQ(count<event::NotStored>(room.events), 0U);
  room.commit();
  EXPECT_EQ(room.table.find(content(4), alice), leecher);
  EXPECT_EQ(room.table.find(content(4), bob), leecher);
}

TEST(PeerInfoSender, WhoStopsAndComesBackTakesItsOwnPlacesAgain) {
  for (const bool by_network : {false, true}) {
    AnsweringSettings settings;
    (by_network ? settings.max_contents_per_network : settings.max_contents_per_peer) = 2;
    Room room(settings);
    for (std::uint8_t c = 1; c <= 2; ++c) room.serve(alice, room.announce(alice, started, c, c));
    room.commit();
    std::uint32_t n = 10;  // all of it under way at once
    for (int again = 0; again < 2; ++again)
      for (const auto event : {stopped, started})
        for (std::uint8_t c = 1; c <= 2; ++c)
          room.serve(alice, room.announce(alice, event, ++n, c));
    EXPECT_EQ(count<event::NotStored>(room.events), 0U);
    room.serve(alice, room.announce(alice, started, ++n, 3));
    EXPECT_EQ(count<event::NotStored>(room.events), 1U);
    room.commit();
    EXPECT_EQ(room.table.contents_of(alice), 2U);
  }
}

TEST(PeerInfoSender, OneAddressCannotEither) {
  AnsweringSettings settings;
  settings.max_contents_per_network = 3;
  Room room(settings);
  const auto port = [](std::uint16_t p) { return Endpoint{alice.ip, p}; };
  for (std::uint16_t p = 1; p <= 5; ++p)  // what is uncommitted counts
    room.serve(port(p), room.announce(port(p), started, p, static_cast<std::uint8_t>(p)));
  EXPECT_THAT(room.log.operations, SizeIs(3));
  EXPECT_THAT(room.commit(), SizeIs(3));
  EXPECT_THAT(room.serve(port(4), room.announce(port(4), started, 9)), SizeIs(1));
  EXPECT_EQ(count<event::NotStored>(room.events), 1U);
  EXPECT_FALSE(room.sender.full());
  room.serve(bob, room.announce(bob, started, 6));
  EXPECT_THAT(room.log.operations, SizeIs(4));
}

TEST(PeerInfoSender, WhatOthersHaveUnderWayIsNotOfOnesOwnAddress) {
  AnsweringSettings settings;
  settings.max_contents_per_network = 3;
  Room room(settings);
  for (std::uint8_t n = 1; n <= 5; ++n) {
    const Endpoint other{0x0a000100U + n, 6881};
    room.serve(other, room.announce(other, started, n));
  }
  EXPECT_THAT(room.log.operations, SizeIs(5));
  room.commit();
  EXPECT_EQ(room.table.peers(), 5U);
}

TEST(PeerInfoSender, OnePeersContentsMayHaveNoCap) {
  AnsweringSettings settings;
  settings.max_contents_per_peer = settings.max_contents_per_network = 0;
  Room room(settings);
  room.serve(alice, room.scrape(alice, 5, {1, 2, 3}));
  EXPECT_THAT(room.log.operations, SizeIs(3));
}

TEST(PeerInfoSender, MemoryIsACapToo) {
  AnsweringSettings settings;
  settings.max_memory = 1;  // all that is there from the beginning; more comes in chunks of rows
  Room room(settings);
  room.registered(alice);
  const auto used = room.table.memory();
  const auto room_left = room.table.spare(true, true);
  ASSERT_GT(room_left, 2U);
  const auto peer = [](std::uint32_t n) { return Endpoint{0x0b000000 + n, 1}; };
  std::uint32_t n = 0;
  for (; n < room_left; ++n) {
    room.serve(peer(n), room.announce(peer(n), started, n));
    EXPECT_EQ(count<event::NotStored>(room.events), 0U);
  }
  room.serve(peer(n), room.announce(peer(n), started, n));  // what is uncommitted counts
  EXPECT_EQ(count<event::NotStored>(room.events), 1U);
  room.commit();
  EXPECT_TRUE(room.sender.full());
  EXPECT_THAT(room.serve(peer(n), room.announce(peer(n), started, n + 1)), SizeIs(1));
  EXPECT_EQ(count<event::NotStored>(room.events), 1U);
  EXPECT_THAT(room.log.operations, SizeIs(room_left));
  EXPECT_EQ(room.table.peers(), room_left + 1);
  room.apply(Expire{{alice}});  // and there is room again
  EXPECT_FALSE(room.sender.full());
  room.serve(peer(n), room.announce(peer(n), started, n + 2));
  EXPECT_THAT(room.log.operations, SizeIs(room_left + 1));
  EXPECT_LE(room.table.memory(), used + room_left * 64);  // of its list and index, not of rows
}

TEST(PeerInfoSender, AShorterIntervalExpiresNobodyBeforeWhatItWasTold) {
  AnsweringSettings told;
  told.client_interval = {};  // 300 s: a lifetime of 690 s
  Room room(told);
  room.registered(alice);
  room.now = 100s;
  auto settings = room.settings;
  settings.announce_interval = 10s;  // a lifetime of 52 s
  room.sender.reload(room.time(), settings);
  room.expire_until(745s);
  room.serve(alice, room.announce(alice, none, 5));
  room.expire_until(797s - 1ns);
  EXPECT_EQ(room.table.peers(), 1U);
  room.expire_until(797s);
  EXPECT_EQ(room.table.peers(), 0U);
}

TEST(PeerInfoSender, WhenFullOfContentsKnownOnesStillTakePeers) {
  AnsweringSettings settings;
  settings.max_contents = 1;
  Room room(settings);
  room.registered(alice, leecher, 1);
  EXPECT_THAT(room.serve(alice, room.announce(alice, started, 5, 2)), SizeIs(1));
  EXPECT_THAT(room.log.operations, IsEmpty());
  room.serve(bob, room.announce(bob, started, 6, 1));
  EXPECT_THAT(room.log.operations, SizeIs(1));
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

// Expiry.

TEST(PeerInfoSender, APeerUnheardForALifetimeExpires) {
  Room room;
  room.registered(alice);
  const Duration lifetime = room.settings.lifetime();
  room.now = lifetime - 1ns;
  room.sender.expire(room.time(), room.log, room.out);
  EXPECT_THAT(room.log.operations, IsEmpty());
  room.now = lifetime;
  room.sender.expire(room.time(), room.log, room.out);
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Expire{{alice}})));
  room.sent();
  EXPECT_EQ(std::get<event::PeerExpired>(room.events.at(0)).peer, alice);
  room.sender.expire(room.time(), room.log, room.out);
  EXPECT_THAT(room.log.operations, SizeIs(1));  // not proposed again
  room.commit();
  EXPECT_EQ(room.sender.next_expiry(), never);
}

TEST(PeerInfoSender, ARequestIsHearingWhetherItChangesSomethingOrNot) {
  Room room;
  room.registered(alice);
  room.registered(bob);
  room.now = 100s;
  room.serve(alice, room.announce(alice, none, 5));
  room.serve(bob, room.announce(bob, completed, 6));
  room.expire_until(room.now + room.settings.lifetime() - 1ns);
  EXPECT_EQ(room.table.peers(), 2U);
  room.expire_until(room.now + 1ns);
  EXPECT_EQ(room.table.peers(), 0U);
}

TEST(PeerInfoSender, ANewMasterGivesEveryPeerALifetimeOfGrace) {
  Room room;
  room.registered(alice);
  room.now = room.settings.lifetime() + 5s;
  room.take_over();
  room.expire_until(room.now + room.settings.lifetime() - 1ns);
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(PeerInfoSender, ExpiryGoesInBoundedStepsThatFitABlock) {
  Room room;
  for (std::uint16_t port = 1; port <= 600; ++port) room.registered({alice.ip, port});
  room.now = room.settings.lifetime();
  std::size_t calls = 0;
  while (room.sender.next_expiry() <= room.time()) {
    room.sender.expire(room.time(), room.log, room.out);
    if (++calls % Expiry::steps_under_way != 0) continue;
    EXPECT_EQ(room.sender.next_expiry(), never);  // until some of it is committed
    room.commit();
  }
  room.commit();
  EXPECT_EQ(calls, 5U);
  for (const auto& operation : room.log.operations) EXPECT_LE(encoded_size(operation), Block::most);
  EXPECT_EQ(room.table.peers(), 0U);
}

// Ten thousand contents of each, which a few clients can have: no commit removes more than a few
// hundred registrations, at nobody.
TEST(PeerInfoSender, PeersWithManyContentsExpireByManyCommits) {
  Room room;
  constexpr std::uint32_t peers = 12, contents = 10'000;
  const auto peer = [](std::uint32_t n) { return Endpoint{0x0b000000 + n, 1}; };
  for (std::uint32_t p = 0; p < peers; ++p)
    for (std::uint32_t c = 0; c < contents; ++c) room.apply(Register{numbered(c), peer(p), seeder});
  room.registered(alice);
  room.now = room.settings.lifetime();
  std::size_t most = 0, told = 0;
  while (room.sender.next_expiry() <= room.time()) {
    room.sender.expire(room.time(), room.log, room.out);
    const auto before = room.table.registrations();
    room.commit();
    ASSERT_LT(room.table.registrations(), before);
    most = std::max(most, before - room.table.registrations());
    for (const auto& event : room.events) told += std::holds_alternative<event::PeerExpired>(event);
  }
  EXPECT_EQ(room.table.peers(), 0U);
  EXPECT_LE(most, Expiry::at_once + 64);
  EXPECT_EQ(told, peers + 1);
}

TEST(PeerInfoSender, ALargePeerThatComesBackWhileItExpiresKeepsTheRest) {
  Room room;
  for (std::uint32_t c = 1; c <= 700; ++c) room.apply(Register{numbered(c), alice, seeder});
  room.now = room.settings.lifetime();
  room.sender.expire(room.time(), room.log, room.out);
  room.serve(alice, room.announce(alice, none, 5, 250));
  room.commit();
  EXPECT_EQ(room.table.contents_of(alice), 700 - Expiry::at_once + 1);
  EXPECT_GT(room.sender.next_expiry(), room.time());
}

TEST(PeerInfoSender, APeerThatComesBackWhileItExpiresIsRegisteredAnew) {
  Room room;
  room.registered(alice, seeder);
  room.now = room.settings.lifetime();
  room.sender.expire(room.time(), room.log, room.out);
  EXPECT_THAT(room.serve(alice, room.announce(alice, none, 5)), SizeIs(0));
  EXPECT_THAT(room.log.operations, SizeIs(2));
  EXPECT_THAT(room.commit(), SizeIs(1));
  EXPECT_EQ(room.table.find(content(1), alice), leecher);
}

// A client that is heard has left one of its contents, and what said so was lost.

TEST(PeerInfoSender, AContentThatIsNotAnnouncedExpiresThoughItsPeerIsHeard) {
  Room room;
  room.registered(alice, seeder, {1, 2, 3});
  const Duration lifetime = room.settings.lifetime();
  std::uint32_t transaction = 0;
  const auto announce_at = [&](Duration at) {
    room.expire_until(at);
    room.serve(alice, room.announce(alice, none, ++transaction, 2));
    room.serve(alice, room.scrape(alice, ++transaction, {3}));
  };
  for (Duration at = 300s; at < 2 * lifetime; at += 300s) {
    announce_at(at);
    EXPECT_TRUE(at >= lifetime || room.table.find(content(1), alice)) << at / 1s;
  }
  EXPECT_EQ(room.table.find(content(1), alice), std::nullopt);
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Remove{content(1), alice})));
  for (Duration at = 2 * lifetime; at < 9 * lifetime; at += lifetime - 1ns) announce_at(at);
  EXPECT_EQ(room.table.find(content(2), alice), seeder);
  EXPECT_EQ(room.table.find(content(3), alice), seeder);
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(PeerInfoSender, ANewMasterGivesEveryRegistrationALifetimeOfGrace) {
  Room room;
  room.registered(alice, seeder, {1, 2});
  const Duration lifetime = room.settings.lifetime();
  Duration taken_over{};
  for (std::uint32_t n = 1; n <= 20; ++n) {  // masters, of which none serves for a lifetime
    room.take_over();
    taken_over = room.now;
    room.expire_until(taken_over + lifetime / 2);
    room.serve(alice, room.announce(alice, none, 2 * n, 2));
    room.expire_until(taken_over + lifetime - 1ns);
    room.serve(alice, room.announce(alice, none, 2 * n + 1, 2));
  }
  EXPECT_THAT(room.log.operations, IsEmpty());
  room.expire_until(taken_over + 3 * lifetime / 2);
  room.serve(alice, room.announce(alice, none, 99, 2));
  room.expire_until(taken_over + 2 * lifetime);
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Remove{content(1), alice})));
}

// An interval that was told, be it by another master, is kept for as long as it may be in use.
TEST(PeerInfoSender, ARegistrationThatWasToldOfALongIntervalIsThereForAsLong) {
  AnsweringSettings settings;
  settings.announce_interval = 10s;
  settings.client_interval = {};  // a lifetime of 52 s
  Room room(settings);
  constexpr std::uint32_t many = 2000 * 100;  // 100 s are told: a lifetime of 250 s
  const auto other = [](std::uint32_t n) { return Endpoint{0x0b000000 + n, 1}; };
  room.registered(alice, seeder, {1, 2});
  for (std::uint32_t n = 0; n < many; ++n) room.apply(Register{content(9), other(n), seeder});
  room.sender.forget_old(room.time());
  for (std::uint32_t n = 0; n < many; ++n) room.apply(Remove{content(9), other(n)});
  room.take_over();
  for (std::uint32_t n = 1; n <= 4; ++n) {
    room.expire_until(n * 60s);
    room.serve(alice, room.announce(alice, none, n, 2));
  }
  room.expire_until(250s - 1ns);
  EXPECT_THAT(room.log.operations, IsEmpty());
  room.serve(alice, room.announce(alice, none, 9, 2));
  room.expire_until(450s);
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Remove{content(1), alice})));
}

TEST(PeerInfoSender, AContentThatComesBackWhileItExpiresIsRegisteredAnew) {
  Room room;
  room.registered(alice, seeder, {1, 2});
  for (std::uint32_t n = 1; room.log.operations.empty(); ++n) {
    room.now = room.sender.next_expiry().time_since_epoch();
    room.serve(alice, room.announce(alice, none, n, 2));
    room.sender.expire(room.time(), room.log, room.out);
  }
  EXPECT_THAT(room.sent(), IsEmpty());
  EXPECT_EQ(std::get<event::ContentExpired>(room.events.at(0)).info_hash, content(1));
  EXPECT_THAT(room.serve(alice, room.announce(alice, none, 99, 1)), IsEmpty());
  EXPECT_THAT(room.commit(), SizeIs(1));
  EXPECT_EQ(room.table.find(content(1), alice), leecher);
}

// Nobody is asked in one step to look at all of a large table, nor to write all that is due.
TEST(PeerInfoSender, RegistrationsExpireInBoundedSteps) {
  Room room;
  constexpr std::uint32_t peers = 2000;
  const auto peer = [](std::uint32_t n) { return Endpoint{0x0b000000 + n, 1}; };
  for (std::uint32_t n = 0; n < peers; ++n) room.registered(peer(n), seeder, {1, 2});
  std::size_t most = 0;
  for (std::uint32_t round = 1; room.now < 2 * room.settings.lifetime(); ++round) {
    const Duration begun = room.now;
    for (std::uint32_t n = 0; n < peers; ++n)
      room.serve(peer(n), room.announce(peer(n), none, round, 2));
    for (Time next; (next = room.sender.next_expiry()) <= Time(begun + 300s);) {
      room.now = next.time_since_epoch();
      const auto before = room.log.operations.size();
      room.sender.expire(next, room.log, room.out);
      most = std::max(most, room.log.operations.size() - before);
      room.commit();
    }
    room.now = begun + 300s;
  }
  EXPECT_EQ(room.table.registrations(), peers);
  EXPECT_EQ(room.table.peers(), peers);
  EXPECT_LE(most, 64U);
}

}  // namespace
}  // namespace swarm
