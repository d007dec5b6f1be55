// The Peer Info Requester: requests, their repetition, connection ids, answers and errors.
#include "engine/peer/peer_info_requester.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/peer/peer.hpp"
#include "tests/engine/peer/requester_room.hpp"

namespace swarm::requesters {
namespace {

using testing::AllOf;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

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
  Room other{.draw = test::draw_of(6)};
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
  Room other{.draw = test::draw_of(6)};
  const auto bytes = [](Room& room) { return announce(room.connect(room.join(1))); };
  const auto first = bytes(one);
  EXPECT_EQ(first, bytes(same));
  const auto another = bytes(other);
  EXPECT_NE(first.peer_id, another.peer_id);
  EXPECT_NE(first.transaction, another.transaction);
  EXPECT_NE(first.key, another.key);
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
  EXPECT_THAT(heard.lines, testing::ElementsAre("0.0.0.1:6969 answers after 3 ms, 1"));
  heard.lines.clear();
  const Duration sent = room.now;
  room.wait();
  const auto waited = (room.now - sent) / 1ms;
  AnnounceResponse response{announce(request).transaction, 300, {}};
  response.peers.push_back({0x0a000001, 5});
  response.peers.push_back({0x0a000002, 6});
  room.reply(response);
  EXPECT_THAT(heard.lines,
              testing::ElementsAre(fmt::format("0.0.0.1:6969 answers after {} ms, 2", waited),
                                   "event 2, interval 300, 2 peers, first 10.0.0.1:5"));
  heard.lines.clear();
  room.reply(response);  // a duplicate answers nothing
  EXPECT_THAT(heard.lines, IsEmpty());
  const auto scrape = room.declare({content(2)});
  room.reply(ScrapeResponse{std::get<ScrapeRequest>(scrape.at(0)).transaction});
  const auto leave = room.leave(1);
  room.reply(ErrorResponse{announce(leave).transaction, error_number(ClientError::bad_port)});
  EXPECT_THAT(heard.lines, testing::ElementsAre("0.0.0.1:6969 answers after 0 ms, 1",
                                                "0.0.0.1:6969 answers after 0 ms, 1"));
}

TEST(PeerInfoRequester, AnIdlePeerWithOneContentTakesLessThan250Bytes) {
  Room room;
  room.joined();
  constexpr std::size_t malloc_overhead = 2 * 16;  // of the two blocks
  EXPECT_LE(room.peer.memory() + malloc_overhead, 250U);
}

}  // namespace
}  // namespace swarm::requesters
