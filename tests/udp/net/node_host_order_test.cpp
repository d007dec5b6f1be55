// In which order a host hears, and what it does when its clock goes back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/udp/run_until.hpp"
#include "transport/udp/net/node_host.hpp"

namespace swarm::udp {
namespace {

using testing::ElementsAre;
using Text = std::vector<std::uint8_t>;

constexpr std::uint32_t host_1 = 0x7f120301, host_2 = 0x7f120302;  // 127.18.3.1 and .2

// Notes what it hears as it hears it: "cluster 1", "peers 2", "clock".
struct NotingNode final : Node {
  std::vector<std::string> notes;
  std::function<void(const Arrival&, Bytes, Outbox&)> on_receive;
  Time next = never, now{};
  Duration went_back{};

  void start(Time time, Outbox&) override { now = time; }
  void receive(Time time, const Arrival& arrival, Bytes datagram, Outbox& out) override {
    EXPECT_GE(time, now);
    now = time;
    notes.push_back((arrival.channel == Channel::cluster ? "cluster " : "peers ") +
                    std::to_string(datagram[0]));
    if (on_receive) on_receive(arrival, datagram, out);
  }
  void wake(Time time, Outbox&) override {
    EXPECT_GE(time, now);
    now = time;
    next = never;
    notes.emplace_back("wake");
  }
  Time next_wake() const override { return next; }
  void persisted(Time, Ticket, Outbox&) override {}
  void clock_went_back(Time time, Duration by, Outbox&) override {
    EXPECT_GE(time, now);
    now = time;
    went_back += by;
    notes.emplace_back("clock");
  }
};

struct Gate final : HostCallbacks {
  explicit Gate(NotingNode& node) : notes(node.notes) {}
  std::vector<std::string>& notes;
  bool answers = true;
  std::string end;

  void event(Time, const Event&) override { notes.emplace_back("event"); }
  bool may_answer_peers(Time) override {
    notes.emplace_back("answers?");
    return answers;
  }
  void exit(std::string_view reason) override { end = reason; }
};

class NodeHostOrder : public testing::Test {
 protected:
  NodeHostOrder() {
    auto peers = DatagramSocket::unicast(io, {host_1, 0}, {host_1, 1});
    auto cluster = DatagramSocket::unicast(io, {host_1, 0}, {host_1, 1});
    to_peers = peers.local();
    to_cluster = cluster.local();
    host.listen(Channel::peers, std::move(peers));  // the first in line
    host.listen(Channel::cluster, std::move(cluster));
  }
  void send(const Endpoint& to, std::uint8_t text) {
    const Text bytes{text};
    other.send(std::vector<DatagramSocket::Outgoing>{{to, bytes}});
  }
  bool noted(std::size_t count) {
    return run_until(io, [&] { return node.notes.size() >= count; });
  }

  asio::io_context io;
  Duration shift{};  // of the host's clock
  NotingNode node;
  Gate gate{node};
  NodeHost host{io, node, gate, [this] { return boot_clock_now() + shift; }};
  DatagramSocket other = DatagramSocket::unicast(io, {host_2, 0}, {host_2, 1});
  Endpoint to_peers, to_cluster;
};

TEST_F(NodeHostOrder, WhatWaitsInTheClustersSocketIsHeardBeforePeers) {
  host.start();
  send(to_peers, 1);
  send(to_peers, 2);
  send(to_cluster, 3);
  ASSERT_TRUE(noted(3));
  EXPECT_THAT(node.notes, ElementsAre("cluster 3", "peers 1", "peers 2"));
}

TEST_F(NodeHostOrder, AndSoIsMoreThanABatch) {
  host.start();
  send(to_peers, 1);
  for (int i = 0; i < 200; ++i) send(to_cluster, 2);
  ASSERT_TRUE(noted(201));
  EXPECT_EQ(node.notes.front(), "cluster 2");
  EXPECT_EQ(node.notes.back(), "peers 1");
}

TEST_F(NodeHostOrder, WhatComesDuringAStepIsHeardBeforeItsAnswersLeave) {
  node.on_receive = [this](const Arrival& arrival, Bytes datagram, Outbox& out) {
    if (arrival.channel == Channel::cluster) {
      gate.answers = false;  // it says that there is another master
      return;
    }
    send(to_cluster, 9);  // meanwhile
    out.send(Channel::peers, arrival.from, datagram);
  };
  host.start();
  send(to_peers, 1);
  ASSERT_TRUE(noted(3));
  EXPECT_THAT(node.notes, ElementsAre("peers 1", "cluster 9", "answers?"));
  EXPECT_EQ(host.counters().answers_too_late, 1u);
  EXPECT_TRUE(other.receive().empty());
}

// What it leads to comes behind the answers: no HANDOVER overtakes them (R9).
TEST_F(NodeHostOrder, WhatThatLeadsToLeavesAfterTheAnswers) {
  node.on_receive = [this](const Arrival& arrival, Bytes datagram, Outbox& out) {
    if (arrival.channel == Channel::cluster) {
      out.event(event::GroupHeard{});
      out.send(Channel::cluster, arrival.from, Text{8});
      return;
    }
    send(to_cluster, 9);
    out.send(Channel::peers, arrival.from, datagram);
  };
  host.start();
  send(to_peers, 1);
  ASSERT_TRUE(noted(4));
  EXPECT_THAT(node.notes, ElementsAre("peers 1", "cluster 9", "answers?", "event"));
  Text heard;
  for (const auto& datagram : other.receive()) heard.push_back(datagram.bytes[0]);
  EXPECT_THAT(heard, ElementsAre(1, 8));
}

// --- Clocks

TEST(OnwardClock, GoesOnFromWhereItWas) {
  Time shown{10s};
  OnwardClock clock([&] { return shown; });
  EXPECT_EQ(clock.now(), Time(10s));
  shown = Time(3s);
  EXPECT_EQ(clock.now(), Time(10s));
  shown = Time(4s);
  EXPECT_EQ(clock.now(), Time(11s));
  shown = Time(1s);
  EXPECT_EQ(clock.now(), Time(11s));
  shown = Time(100s);
  EXPECT_EQ(clock.now(), Time(110s));
  EXPECT_EQ(clock.take_steps_back(), 10s);
  EXPECT_EQ(clock.take_steps_back(), 0s);
}

TEST_F(NodeHostOrder, AClockThatGoesBackHoldsUpNoTimer) {
  host.start();
  const Time before = node.now;
  shift -= 30min;
  host.step([&](Time, Outbox&) { node.next = node.now + 2ms; });
  EXPECT_THAT(node.notes, ElementsAre("clock"));
  EXPECT_GE(node.went_back, 29min);
  EXPECT_LT(node.now - before, 1min);
  ASSERT_TRUE(noted(2)) << "time stands still";
  EXPECT_EQ(node.notes.back(), "wake");
}

TEST_F(NodeHostOrder, TheNodeKnowsOfItBeforeAnAnswerLeaves) {
  node.on_receive = [this](const Arrival& arrival, Bytes datagram, Outbox& out) {
    shift -= 1min;
    out.send(Channel::peers, arrival.from, datagram);
  };
  host.start();
  send(to_peers, 1);
  ASSERT_TRUE(noted(3));
  EXPECT_THAT(node.notes, ElementsAre("peers 1", "clock", "answers?"));
}

TEST_F(NodeHostOrder, AClockThatLeapsForwardMakesATimerLate) {
  host.start();
  host.step([&](Time, Outbox&) { node.next = node.now + 1h; });
  shift += 2h;
  host.step([](Time, Outbox&) {});
  EXPECT_THAT(node.notes, ElementsAre("wake"));
  EXPECT_GE(host.counters().longest_lateness, 59min);
}

}  // namespace
}  // namespace swarm::udp
