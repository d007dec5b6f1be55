#include "transport/sim/probe_peer.hpp"

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

  ProbePeer probe{ProbeSettings{.trackers = {0xef000001, 6969}, .port = 6881}, 5};
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
  EXPECT_GT(room.probe.next_wake(), room.time() + 1s);
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

TEST(ProbePeer, ForgetsWhatIsClearedAway) {
  Room room;
  room.started();
  room.probe.active(room.time(), true);
  const auto old = room.next_probe();
  room.probe.clear();
  room.reply(AnnounceResponse{old.transaction, 300, {}});
  EXPECT_THAT(room.events, IsEmpty());
  const auto request = room.next_probe();
  room.reply(AnnounceResponse{old.transaction, 300, {}});
  EXPECT_EQ(room.probe.samples().at(0).answered, never);
  room.reply(AnnounceResponse{request.transaction, 300, {}});
  EXPECT_EQ(room.probe.samples().at(0).answered, room.time());
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
