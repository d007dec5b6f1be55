#include "transport/sim/actors/probe_peer.hpp"
#include "tests/engine/base/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace swarm::sim {
namespace {

using namespace wire;
using testing::IsEmpty;
using testing::SizeIs;

// The probe, and the tracker played by the test.
struct Room {
  Time time() const { return Time(now); }
  std::vector<Request> sent() {
    std::vector<Request> all;
    for (std::size_t i = 0; i < out.datagrams(); ++i)
      all.push_back(decode_request(out.datagram(i).bytes).value());
    events = out.events();
    out.clear();
    return all;
  }
  std::vector<Request> wait() {
    now = probe.next_wake() - Time{};
    probe.wake(time(), out);
    return sent();
  }
  template <class R>
  std::vector<Request> reply(const R& response) {
    probe.receive(time(), {}, encode(response).bytes(), out);
    return sent();
  }
  void connect(const std::vector<Request>& requests) {
    reply(ConnectResponse{std::get<ConnectRequest>(requests.at(0)).transaction, {77}});
  }
  void started() {
    probe.start(time(), out);
    connect(sent());
  }
  AnnounceRequest next_probe() { return std::get<AnnounceRequest>(wait().at(0)); }

  ProbePeer probe{ProbeSettings{.trackers = {0xef000001, 6969}, .port = 6881}, test::draw_of(5)};
  Outbox out;
  std::vector<Event> events;
  Duration now{};
};

TEST(ProbePeer, SendsANewRegistrationAtItsPaceWhileActive) {
  Room room;
  room.started();
  EXPECT_FALSE(room.probe.active());
  room.now = 1ms;
  room.probe.active(room.time(), true);
  std::set<InfoHash> contents;
  for (int i = 0; i < 100; ++i) {
    const auto request = room.next_probe();
    EXPECT_EQ(room.now, 1ms + i * 200us);
    EXPECT_EQ(request.event, AnnounceEvent::started);
    EXPECT_EQ(request.connection, ConnectionId{77});
    EXPECT_EQ(request.port, 6881);
    contents.insert(request.info_hash);
  }
  EXPECT_THAT(contents, SizeIs(100));
  EXPECT_THAT(room.probe.samples(), SizeIs(100));
  room.probe.active(room.time(), false);
  EXPECT_EQ(room.probe.next_wake(), Time(101ms)) << "what it sent first is stopped";
}

TEST(ProbePeer, ActivatingItTwiceDoesNotChangeItsPace) {
  Room room;
  room.started();
  room.probe.active(room.time(), true);
  room.next_probe();
  room.probe.active(room.time(), true);
  EXPECT_EQ(room.probe.next_wake(), Time(200us));
}

TEST(ProbePeer, NotesTheFirstAnswerOfEach) {
  Room room;
  room.started();
  room.probe.active(room.time(), true);
  const auto first = room.next_probe();
  const auto second = room.next_probe();
  room.now = 1ms;
  room.reply(AnnounceResponse{second.transaction, 300, {}});
  ASSERT_THAT(room.events, SizeIs(1));
  const auto& registered = std::get<event::PeerRegistered>(room.events[0]);
  EXPECT_EQ(registered.info_hash, second.info_hash);
  EXPECT_EQ(registered.first_sent, Time(200us));
  room.now = 2ms;
  room.reply(AnnounceResponse{second.transaction, 300, {}});
  EXPECT_THAT(room.events, IsEmpty());
  EXPECT_EQ(room.probe.samples()[0].answered, never);
  EXPECT_EQ(room.probe.samples()[1].sent, Time(200us));
  EXPECT_EQ(room.probe.samples()[1].answered, Time(1ms));
  EXPECT_EQ(room.probe.samples()[0].transaction, first.transaction);
}

// Whatever it registered goes away, and whatever it does not know of: an answer may be lost.
TEST(ProbePeer, StopsAllThatItSentOnceItIsNotActive) {
  Room room;
  room.started();
  room.probe.active(room.time(), true);
  std::vector<AnnounceRequest> sent;
  for (int i = 0; i < 5; ++i) sent.push_back(room.next_probe());
  room.reply(AnnounceResponse{sent[1].transaction, 300, {}});
  room.probe.active(room.time(), false);
  EXPECT_EQ(room.probe.to_stop(), 5u);
  for (int i = 0; i < 5; ++i) {
    const auto stop = room.next_probe();
    EXPECT_EQ(stop.event, AnnounceEvent::stopped);
    EXPECT_EQ(stop.info_hash, sent.at(i).info_hash);
    EXPECT_NE(stop.transaction, sent.at(i).transaction);
    EXPECT_GE(room.now, 100ms) << "answers may be under way";
    ASSERT_THAT(room.events, SizeIs(1));
    EXPECT_EQ(std::get<event::PeerStopping>(room.events[0]).info_hash, stop.info_hash);
    if (i == 3) continue;
    room.reply(AnnounceResponse{stop.transaction, 300, {}});
    EXPECT_THAT(room.events, IsEmpty());
  }
  EXPECT_EQ(room.probe.to_stop(), 1u);
  const auto again = room.next_probe();
  EXPECT_EQ(again.info_hash, sent.at(3).info_hash);
  EXPECT_GE(room.now, 600ms);
  room.reply(AnnounceResponse{again.transaction, 300, {}});
  EXPECT_EQ(room.probe.to_stop(), 0u);
  EXPECT_GT(room.probe.next_wake(), room.time() + 1s);
}

// By then it may have been stopped.
TEST(ProbePeer, AnAnswerThatComesAfterTheStopIsNoRegistration) {
  Room room;
  room.started();
  room.probe.active(room.time(), true);
  const auto sent = room.next_probe();
  room.probe.active(room.time(), false);
  room.next_probe();
  room.reply(AnnounceResponse{sent.transaction, 300, {}});
  EXPECT_THAT(room.events, IsEmpty());
  EXPECT_EQ(room.probe.samples()[0].answered, room.time());
}

TEST(ProbePeer, WhileItMeasuresOnlyTooManyAreStopped) {
  Room room;
  room.started();
  room.probe.active(room.time(), true);
  std::size_t stopped = 0;
  const std::size_t most = ProbePeer::most_standing;
  for (std::size_t i = 0; i < 2 * most; ++i) {
    for (const auto& request : room.wait()) {
      const auto& announce = std::get<AnnounceRequest>(request);
      stopped += announce.event == AnnounceEvent::stopped;
      room.reply(AnnounceResponse{announce.transaction, 300, {}});
    }
    if (i == most) {
      EXPECT_EQ(stopped, 0u);
    }
  }
  EXPECT_EQ(stopped, most - 1);
}

// A thousandth of an outage is exact enough.
TEST(ProbePeer, TheLongerAnOutageLastsTheFewerItSends) {
  Room room;
  room.started();
  room.probe.active(room.time(), true);
  room.probe.waits_since(room.time());
  std::size_t sent = 0;
  for (; room.now < 200ms; ++sent) room.wait();
  EXPECT_EQ(sent, 1001u);
  for (; room.now < 20s; ++sent) room.wait();
  EXPECT_LT(sent, 6'000u);
  EXPECT_EQ(room.probe.next_wake(), room.time() + room.now / 1000);
  room.probe.answered();
  room.wait();
  EXPECT_EQ(room.probe.next_wake(), room.time() + 200us);
}

TEST(ProbePeer, RetransmitsConnectsAndProbesNothingBefore) {
  Room room;
  room.probe.start(room.time(), room.out);
  const auto first = room.sent();
  room.probe.active(room.time(), true);
  EXPECT_EQ(room.wait(), first);
  room.connect(first);
  EXPECT_EQ(room.next_probe().connection, ConnectionId{77});
}

TEST(ProbePeer, RefreshesItsIdInTimeAndGoesOnMeanwhile) {
  Room room;
  room.started();
  const auto refresh = room.wait();
  EXPECT_EQ(room.now, 45s);
  ASSERT_TRUE(std::holds_alternative<ConnectRequest>(refresh.at(0)));
  room.probe.active(room.time(), true);
  EXPECT_EQ(room.next_probe().connection, ConnectionId{77});
}

TEST(ProbePeer, ABadConnectionErrorLeadsToOneConnect) {
  Room room;
  room.started();
  room.probe.active(room.time(), true);
  const auto first = room.next_probe();
  const auto bad = error_number(ClientError::bad_connection);
  const auto connect = room.reply(ErrorResponse{first.transaction, bad});
  ASSERT_THAT(connect, SizeIs(1));
  EXPECT_TRUE(std::holds_alternative<ConnectRequest>(connect[0]));
  EXPECT_THAT(room.reply(ErrorResponse{first.transaction, bad}), IsEmpty());
}

TEST(ProbePeer, AHostThatStoodStillGoesOnAtItsPace) {
  Room room;
  room.started();
  room.probe.active(room.time(), true);
  room.next_probe();
  room.now = 1s;
  room.probe.wake(room.time(), room.out);
  EXPECT_THAT(room.sent(), SizeIs(1));
  EXPECT_EQ(room.probe.next_wake(), Time(1s + 200us));
}

}  // namespace
}  // namespace swarm::sim
