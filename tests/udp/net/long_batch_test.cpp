// A batch of datagrams that give much to do is as many steps as it needs: what is due happens in
// between, and keep-alives leave.
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "tests/udp/run_until.hpp"
#include "transport/udp/net/node_host.hpp"

namespace swarm::udp {
namespace {

constexpr std::uint32_t host_1 = 0x7f120201, host_2 = 0x7f120202;  // 127.18.2.1 and .2
constexpr std::uint32_t datagrams = 40;

// Works as much as it is told for each datagram; a timer is due once it has heard the first one.
struct BusyNode final : Node {
  std::size_t work = 0;
  std::uint32_t heard = 0, heard_at_wake = 0;
  bool due = false;

  void start(Time, Outbox&) override {}
  void receive(Time, const Arrival&, Bytes, Outbox& out) override {
    due = due || heard == 0;
    ++heard;
    out.worked(work);
  }
  void wake(Time, Outbox&) override {
    due = false;
    heard_at_wake = heard;
  }
  Time next_wake() const override { return due ? Time{} : never; }
  void persisted(Time, Ticket, Outbox&) override {}
};

struct NoHostCallbacks final : HostCallbacks {
  void event(Time, const Event&) override {}
  void exit(std::string_view) override {}
};

struct LongBatch : testing::Test {
  asio::io_context io;
  BusyNode node;
  NoHostCallbacks callbacks;
  NodeHost host{io, node, callbacks};

  // The steps that all of them took, with the one of the start.
  std::uint64_t steps_for(std::size_t work) {
    node.work = work;
    auto socket = DatagramSocket::unicast(io, {host_1, 0}, {host_1, 1});
    const Endpoint to = socket.local();
    host.listen(Channel::peers, std::move(socket));
    auto sender = DatagramSocket::unicast(io, {host_2, 0}, {host_2, 1});
    const std::vector<std::uint8_t> bytes{1};
    const std::vector<DatagramSocket::Outgoing> all(datagrams, {to, bytes});
    sender.send(all);  // they wait in the kernel when the host begins
    host.start();
    EXPECT_TRUE(run_until(io, [this] { return node.heard == datagrams; }));
    return host.counters().steps;
  }
};

TEST_F(LongBatch, ShortOnesAreOneStep) {
  EXPECT_LE(steps_for(1), 5U);
}

TEST_F(LongBatch, LongOnesAreAStepEach) {
  EXPECT_GE(steps_for(Outbox::most_work), datagrams);
  EXPECT_EQ(node.heard_at_wake, 1U);  // the timer did not wait for the others
}

TEST_F(LongBatch, OthersAreAsManyAsAStepIsFor) {
  const auto steps = steps_for(Outbox::most_work / 8);
  EXPECT_GE(steps, datagrams / 4);
  EXPECT_LT(steps, datagrams);
}

// Each datagram of a member is a long step with an answer, before which the host hears what has
// come meanwhile: another one, for each of the first.
struct AnsweringNode final : Node {
  DatagramSocket* sender{};
  Endpoint host, requester;
  std::vector<std::uint32_t> heard;  // numbers, in their order
  std::uint32_t sent = datagrams;

  void start(Time, Outbox&) override {}
  void receive(Time, const Arrival& arrival, Bytes bytes, Outbox& out) override {
    if (arrival.channel != Channel::cluster) return;
    heard.push_back(bytes[0]);
    if (sent < 2 * datagrams) send_next();
    out.worked(Outbox::most_work);
    out.send(Channel::peers, requester, bytes);
  }
  void send_next() {
    const std::vector<std::uint8_t> bytes{static_cast<std::uint8_t>(sent++)};
    const std::vector<DatagramSocket::Outgoing> one{{host, bytes}};
    sender->send(one);
  }
  void wake(Time, Outbox&) override {}
  Time next_wake() const override { return never; }
  void persisted(Time, Ticket, Outbox&) override {}
};

TEST(LongBatchOfMembers, IsHeardWholeThoughMoreComesInBetween) {
  asio::io_context io;
  AnsweringNode node;
  NoHostCallbacks callbacks;
  NodeHost host{io, node, callbacks};
  auto cluster = DatagramSocket::unicast(io, {host_1, 0}, {host_1, 1});
  auto peers = DatagramSocket::unicast(io, {host_1, 0}, {host_1, 1});
  auto sender = DatagramSocket::unicast(io, {host_2, 0}, {host_2, 1});
  node.sender = &sender;
  node.host = cluster.local();
  node.requester = sender.local();
  host.listen(Channel::cluster, std::move(cluster));
  host.listen(Channel::peers, std::move(peers));
  node.sent = 0;
  while (node.sent < datagrams) node.send_next();
  host.start();
  ASSERT_TRUE(run_until(io, [&] { return node.heard.size() >= 2 * datagrams; }));
  std::vector<std::uint32_t> all(2 * datagrams);
  std::iota(all.begin(), all.end(), 0U);
  EXPECT_EQ(node.heard, all);
}

}  // namespace
}  // namespace swarm::udp
