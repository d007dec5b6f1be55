#include "engine/peer/peer_info_requester.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/peer/peer.hpp"

namespace swarm {
namespace {

using namespace wire;
using testing::AllOf;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

constexpr Endpoint group{0xef000001, 6969};

InfoHash content(std::uint8_t n) {
  InfoHash hash;
  hash.bytes.fill(n);
  return hash;
}

// One peer, and the tracker played by the test.
struct Room {
  Time time() const { return Time(now); }

  std::vector<Request> sent() {
    std::vector<Request> all;
    for (std::size_t i = 0; i < out.datagrams(); ++i) {
      EXPECT_EQ(out.datagram(i).channel, Channel::peers);
      EXPECT_EQ(out.datagram(i).to, group);
      all.push_back(decode_request(out.datagram(i).bytes).value());
    }
    events = out.events();
    out.clear();
    return all;
  }
  std::vector<Request> join(std::uint8_t c) { return peer.join(time(), content(c), out), sent(); }
  std::vector<Request> complete(std::uint8_t c) {
    return peer.complete(time(), content(c), out), sent();
  }
  std::vector<Request> leave(std::uint8_t c) { return peer.leave(time(), content(c), out), sent(); }
  std::vector<Request> declare(const std::vector<InfoHash>& contents) {
    return peer.declare(time(), contents, out), sent();
  }
  std::vector<Request> announce_once(std::uint8_t c, AnnounceEvent event) {
    return peer.announce_once(time(), content(c), event, out), sent();
  }
  std::vector<Request> wake() { return peer.wake(time(), out), sent(); }
  // Lets time pass until the peer wants to do something.
  std::vector<Request> wait() {
    now = peer.next_wake() - Time{};
    return wake();
  }
  template <class R>
  std::vector<Request> reply(const R& response) {
    peer.receive(time(), {Channel::peers, {1, 1}, false}, encode(response).bytes(), out);
    return sent();
  }
  std::vector<Request> connect(const std::vector<Request>& requests, std::uint64_t id = 77) {
    return reply(ConnectResponse{std::get<ConnectRequest>(requests.at(0)).transaction, {id}});
  }
  // A peer that is connected and has joined content 1.
  void joined(std::uint32_t interval = 300) {
    const auto announce = std::get<AnnounceRequest>(connect(join(1)).at(0));
    reply(AnnounceResponse{announce.transaction, interval, {}});
  }

  PeerSettings settings{.trackers = group};
  std::uint64_t seed = 5;
  Peer peer{settings, 6881, seed};
  Outbox out{};
  std::vector<Event> events{};
  Duration now{};
};

const AnnounceRequest& announce(const std::vector<Request>& requests, std::size_t i = 0) {
  return std::get<AnnounceRequest>(requests.at(i));
}

template <class E>
std::vector<E> all(const std::vector<Event>& events) {
  std::vector<E> found;
  for (const auto& event : events)
    if (const auto* e = std::get_if<E>(&event)) found.push_back(*e);
  return found;
}

TEST(PeerInfoRequester, ConnectsThenAnnouncesStarted) {
  Room room;
  const auto first = room.join(1);
  ASSERT_THAT(first, SizeIs(1));
  ASSERT_TRUE(std::holds_alternative<ConnectRequest>(first[0]));
  room.now = 1ms;
  const auto second = room.connect(first, 77);
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(announce(second).connection, ConnectionId{77});
  EXPECT_EQ(announce(second).info_hash, content(1));
  EXPECT_EQ(announce(second).event, AnnounceEvent::started);
  EXPECT_EQ(announce(second).ip, 0U);
  EXPECT_EQ(announce(second).port, 6881);
  EXPECT_EQ(announce(second).num_want, 50U);
  room.now = 2ms;
  room.reply(AnnounceResponse{announce(second).transaction, 300, {}});
  const auto registered = all<event::PeerRegistered>(room.events);
  ASSERT_THAT(registered, SizeIs(1));
  EXPECT_EQ(registered[0].info_hash, content(1));
  EXPECT_EQ(registered[0].transaction, announce(second).transaction);
  EXPECT_EQ(registered[0].first_sent, Time(1ms));
  EXPECT_EQ(registered[0].sendings, 1U);
  EXPECT_TRUE(room.peer.idle());
}

TEST(PeerInfoRequester, OneConnectServesAllThatWaitsForIt) {
  Room room;
  const auto first = room.join(1);
  EXPECT_THAT(room.join(2), IsEmpty());
  EXPECT_THAT(room.declare({content(3)}), IsEmpty());
  EXPECT_THAT(room.connect(first), SizeIs(3));
}

TEST(PeerInfoRequester, ReannouncesAtTheIntervalWithAnotherTransaction) {
  Room room;
  room.joined(30);
  EXPECT_EQ(room.peer.next_wake(), Time(30s));
  const auto first = room.wait();
  EXPECT_EQ(announce(first).event, AnnounceEvent::none);
  room.reply(AnnounceResponse{announce(first).transaction, 10, {}});
  EXPECT_THAT(all<event::PeerRegistered>(room.events), IsEmpty());
  EXPECT_EQ(room.peer.next_wake(), Time(40s));
  const auto second = room.wait();
  EXPECT_NE(announce(first).transaction, announce(second).transaction);
}

TEST(PeerInfoRequester, RetransmitsTheSameForEverDoublingToThreeSecondsWithJitter) {
  Room room;
  const auto first = room.connect(room.join(1));
  Duration expected = 100ms;
  Duration before = room.now;
  for (int i = 0; i < 12; ++i) {
    const auto again = room.wait();
    ASSERT_THAT(again, SizeIs(1));
    EXPECT_EQ(again[0], first[0]);
    EXPECT_THAT(room.now - before, AllOf(Ge(expected * 3 / 4), Le(expected * 5 / 4)));
    before = room.now;
    expected = std::min<Duration>(expected * 2, 3s);
  }
  room.reply(AnnounceResponse{announce(first).transaction, 300, {}});
  EXPECT_EQ(all<event::PeerRegistered>(room.events).at(0).sendings, 13U);
}

TEST(PeerInfoRequester, RetransmitsConnectsToo) {
  Room room;
  const auto first = room.join(1);
  EXPECT_EQ(room.wait(), first);
  EXPECT_EQ(room.wait(), first);
  EXPECT_THAT(room.connect(first), SizeIs(1));
}

TEST(PeerInfoRequester, TwoPeersDoNotRetransmitInStep) {
  Room one;
  Room other{.seed = 6};
  one.join(1);
  other.join(1);
  EXPECT_NE(one.peer.next_wake(), other.peer.next_wake());
}

TEST(PeerInfoRequester, AWakeThatNobodyNeedsDoesNothing) {
  Room room;
  EXPECT_EQ(room.peer.next_wake(), never);
  EXPECT_THAT(room.wake(), IsEmpty());
  room.joined();
  room.now = 299s;
  EXPECT_THAT(room.wake(), IsEmpty());
}

TEST(PeerInfoRequester, AnswersThatDoNotMatchAreIgnored) {
  Room room;
  const auto connect = room.join(1);
  const auto& transaction = std::get<ConnectRequest>(connect.at(0)).transaction;
  EXPECT_THAT(room.reply(ConnectResponse{transaction + 1, {77}}), IsEmpty());
  EXPECT_THAT(room.reply(AnnounceResponse{transaction, 300, {}}), IsEmpty());
  const auto request = announce(room.connect(connect));
  EXPECT_THAT(room.connect(connect), IsEmpty());  // a duplicate
  room.reply(AnnounceResponse{request.transaction + 1, 300, {}});
  room.reply(ScrapeResponse{request.transaction});
  EXPECT_FALSE(room.peer.idle());
  room.reply(AnnounceResponse{request.transaction, 300, {}});
  EXPECT_TRUE(room.peer.idle());
  room.reply(AnnounceResponse{request.transaction, 1, {}});  // a duplicate
  EXPECT_THAT(room.events, IsEmpty());
  EXPECT_EQ(room.peer.next_wake(), Time(300s));
}

TEST(PeerInfoRequester, NoiseIsCountedByReason) {
  Room room;
  const std::vector<std::uint8_t> noise(7, 1);
  room.peer.receive(room.time(), {}, noise, room.out);
  room.sent();
  EXPECT_EQ(all<event::Rejected>(room.events).at(0).reason, Reject::too_short);
}

TEST(PeerInfoRequester, AnIdIsUsedForOneMinuteThenANewOneIsAskedFor) {
  Room room;
  room.joined(59);
  const auto in_time = room.wait();
  EXPECT_EQ(announce(in_time).connection, ConnectionId{77});
  room.reply(AnnounceResponse{announce(in_time).transaction, 1, {}});
  const auto late = room.wait();
  ASSERT_THAT(late, SizeIs(1));
  EXPECT_EQ(announce(room.connect(late, 78)).connection, ConnectionId{78});
}

TEST(PeerInfoRequester, ARetransmissionDoesNotUseAnIdThatIsTooOld) {
  Room room;
  const auto first = room.connect(room.join(1));
  std::vector<Request> again;
  while (room.now < 60s) again = room.wait();
  ASSERT_TRUE(std::holds_alternative<ConnectRequest>(again.at(0)));
  const auto fresh = room.connect(again, 78);
  EXPECT_EQ(announce(fresh).connection, ConnectionId{78});
  EXPECT_EQ(announce(fresh).transaction, announce(first).transaction);
}

TEST(PeerInfoRequester, AnAnswerThatComesWhileItReconnectsCounts) {
  Room room;
  const auto first = room.connect(room.join(1));
  while (room.now < 60s) room.wait();
  room.reply(AnnounceResponse{announce(first).transaction, 300, {}});
  EXPECT_THAT(all<event::PeerRegistered>(room.events), SizeIs(1));
}

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

TEST(PeerInfoRequester, ABadConnectionErrorLeadsToANewConnect) {
  Room room;
  room.joined(30);
  const auto request = room.wait();
  const auto transaction = announce(request).transaction;
  const auto connect =
      room.reply(ErrorResponse{transaction, error_number(ClientError::bad_connection)});
  EXPECT_EQ(all<event::PeerError>(room.events).at(0).text,
            error_number(ClientError::bad_connection));
  const auto again = room.connect(connect, 78);
  EXPECT_EQ(announce(again).connection, ConnectionId{78});
  EXPECT_EQ(announce(again).transaction, transaction);
}

TEST(PeerInfoRequester, ErrorsNeverMakeItSendFasterThanItsRetransmissions) {
  Room room;
  auto request = room.connect(room.join(1));
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(room.reply(ErrorResponse{announce(request).transaction,
                                         error_number(ClientError::bad_connection)}),
                IsEmpty());
  }
  EXPECT_THAT(room.wait(), SizeIs(1));
}

TEST(PeerInfoRequester, AnotherErrorIsToldAndTheRequestTriedAgainLater) {
  Room room;
  const auto request = room.connect(room.join(1));
  const ErrorResponse error{announce(request).transaction, error_number(ClientError::bad_port)};
  EXPECT_THAT(room.reply(error), IsEmpty());
  EXPECT_THAT(all<event::PeerError>(room.events), SizeIs(1));
  EXPECT_EQ(room.peer.next_wake(), Time(3s));
  EXPECT_THAT(room.reply(ErrorResponse{error.transaction + 1, error.text}), IsEmpty());
  EXPECT_THAT(room.events, IsEmpty());
}

TEST(PeerInfoRequester, TheSameSeedSendsTheSameBytesAnotherOneDoesNot) {
  Room one, same;
  Room other{.seed = 6};
  const auto bytes = [](Room& room) { return announce(room.connect(room.join(1))); };
  const auto first = bytes(one);
  EXPECT_EQ(first, bytes(same));
  const auto another = bytes(other);
  EXPECT_NE(first.peer_id, another.peer_id);
  EXPECT_NE(first.transaction, another.transaction);
  EXPECT_NE(first.key, another.key);
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

TEST(PeerInfoRequester, TheApplicationMayChooseHowOftenItAnnounces) {
  Room room;
  room.settings.announce_every = 2500ms;
  room.joined(300);
  EXPECT_EQ(room.peer.next_wake(), Time(2500ms));
}

TEST(PeerInfoRequester, TheApplicationMayChooseItsPeerId) {
  Room room;
  room.settings.peer_id = PeerId{content(9).bytes};
  EXPECT_EQ(announce(room.connect(room.join(1))).peer_id, room.settings.peer_id);
}

struct Heard final : PeerListener {
  void answered(Time now, const TrackerAnswer& answer) override {
    lines.push_back(fmt::format("{} answers after {} ms, {}", to_string(answer.tracker),
                                (now - answer.first_sent) / 1ms, answer.sendings));
  }
  void announced(Time, const AnnounceAnswer& answer) override {
    lines.push_back(fmt::format("event {}, interval {}, {} peers, first {}",
                                static_cast<int>(answer.event), answer.interval,
                                answer.peers.size(), to_string(answer.peers.front())));
    EXPECT_EQ(answer.content, content(1));
  }
  std::vector<std::string> lines;
};

TEST(PeerInfoRequester, TheListenerIsToldOfEveryAnswer) {
  Room room;
  Heard heard;
  room.settings.listener = &heard;
  const auto connect = room.join(1);
  room.now = 3ms;
  const auto request = room.connect(connect);
  EXPECT_THAT(heard.lines, testing::ElementsAre("0.0.0.1:1 answers after 3 ms, 1"));
  heard.lines.clear();
  const Duration sent = room.now;
  room.wait();
  const auto waited = (room.now - sent) / 1ms;
  AnnounceResponse response{announce(request).transaction, 300, {}};
  response.peers.push_back({0x0a000001, 5});
  response.peers.push_back({0x0a000002, 6});
  room.reply(response);
  EXPECT_THAT(heard.lines,
              testing::ElementsAre(fmt::format("0.0.0.1:1 answers after {} ms, 2", waited),
                                   "event 2, interval 300, 2 peers, first 10.0.0.1:5"));
  heard.lines.clear();
  room.reply(response);  // a duplicate answers nothing
  EXPECT_THAT(heard.lines, IsEmpty());
  const auto scrape = room.declare({content(2)});
  room.reply(ScrapeResponse{std::get<ScrapeRequest>(scrape.at(0)).transaction});
  const auto leave = room.leave(1);
  room.reply(ErrorResponse{announce(leave).transaction, error_number(ClientError::bad_port)});
  EXPECT_THAT(heard.lines, testing::ElementsAre("0.0.0.1:1 answers after 0 ms, 1",
                                                "0.0.0.1:1 answers after 0 ms, 1"));
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

TEST(PeerInfoRequester, AnIdlePeerWithOneContentTakesLessThan250Bytes) {
  Room room;
  room.joined();
  constexpr std::size_t malloc_overhead = 2 * 16;  // of the two blocks
  EXPECT_LE(room.peer.memory() + malloc_overhead, 250U);
}

}  // namespace
}  // namespace swarm
