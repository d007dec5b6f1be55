// The host of a node: timers are met, and no flood starves another channel.
#include "transport/udp/net/node_host.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/udp/net/test_host.hpp"
#include "transport/udp/system/boot_clock.hpp"

namespace swarm::udp::hosts {
namespace {

// --- Timers

TEST(NodeHost, WakesWhenItsNodeWants) {
  asio::io_context io;
  TestHost it(io);
  int wakes = 0;
  it.node.at_start = [&](Outbox&) { it.node.next = it.node.now + 1ms; };
  it.node.on_wake = [&](Outbox& out) {
    it.node.next = it.node.now + 1ms;
    if (++wakes == 5) out.exit("five");
  };
  const Time begin = boot_clock_now();
  it.host.start();
  EXPECT_TRUE(it.ends());
  EXPECT_GE(boot_clock_now() - begin, 5ms);
  EXPECT_EQ(it.host.counters().wakes, 5u);
}

// The timer is armed for the first wake that is wanted; one at that time would be too early (see
// TestNode).
TEST(NodeHost, AWakeThatIsPutOffComesLater) {
  asio::io_context io;
  TestHost it(io);
  it.node.at_start = [&](Outbox&) { it.node.next = it.node.now + 2ms; };
  it.node.on_wake = [](Outbox& out) { out.exit("woken"); };
  it.host.start();
  it.host.step([&](Time now, Outbox&) { it.node.next = now + 20ms; });
  EXPECT_TRUE(it.ends());
  EXPECT_EQ(it.host.counters().wakes, 1u);
}

TEST(NodeHost, AWakeThatIsBroughtForwardComesEarlier) {
  asio::io_context io;
  TestHost it(io);
  it.node.at_start = [&](Outbox&) { it.node.next = it.node.now + 1h; };
  it.node.on_wake = [](Outbox& out) { out.exit("woken"); };
  it.host.start();
  it.host.step([&](Time now, Outbox&) { it.node.next = now + 1ms; });
  EXPECT_TRUE(it.ends());
}

TEST(NodeHost, AWakeOfThePastComesAtOnce) {
  asio::io_context io;
  TestHost it(io);
  int wakes = 0;
  it.node.next = Time::min();
  it.node.on_wake = [&](Outbox& out) {
    it.node.next = Time::min();
    if (++wakes == 10) out.exit("ten");
  };
  it.host.start();
  EXPECT_TRUE(it.ends());
}

TEST(NodeHost, CountsHowLateAWakeWas) {
  asio::io_context io;
  TestHost it(io);
  it.node.at_start = [&](Outbox&) { it.node.next = it.node.now + 1ms; };
  it.node.on_wake = [](Outbox& out) { out.exit("woken"); };
  it.host.start();
  it.host.step([](Time now, Outbox&) {
    while (boot_clock_now() < now + 30ms) continue;  // the machine stalls
  });
  EXPECT_TRUE(it.ends());
  EXPECT_GE(it.host.counters().longest_lateness, 29ms);
}

TEST(NodeHost, CountsTheCpuTimeOfTheLongestStepByKind) {
  asio::io_context io;
  TestHost it(io);
  const auto works = [](std::clock_t ticks) {  // CPU time of this process, at least
    const auto begin = std::clock();
    while (std::clock() - begin < ticks) continue;
  };
  it.node.at_start = [&](Outbox&) { it.node.next = it.node.now + 1ms; };
  it.node.on_wake = [&](Outbox& out) {
    works(CLOCKS_PER_SEC / 50);
    out.exit("woken");
  };
  it.host.start();
  EXPECT_TRUE(it.ends());
  const auto longest = [&](StepKind kind) {
    return it.host.counters().longest_step[static_cast<std::size_t>(kind)];
  };
  EXPECT_GE(longest(StepKind::timer), 10ms);
  EXPECT_GT(longest(StepKind::other), 0ns);
  EXPECT_EQ(longest(StepKind::disk), 0ns);
}

// --- Nothing starves

// Datagrams that are sent on to the own address keep a socket readable for ever.
void flood(TestHost& it, Channel channel) {
  it.node.at_start = [&it, channel](Outbox& out) {
    for (int i = 0; i < 100; ++i) out.send(channel, it.host.local(channel), Text{1});
  };
}

TEST(NodeHost, AFloodDoesNotHoldUpTimers) {
  asio::io_context io;
  TestHost it(io);
  it.host.listen(Channel::peers, at(io, host_1));
  flood(it, Channel::peers);
  int wakes = 0;
  it.node.on_receive = [&](const Arrival&, Bytes datagram, Outbox& out) {
    if (it.node.next == never) it.node.next = it.node.now + 1ms;
    out.send(Channel::peers, it.host.local(Channel::peers), datagram);
  };
  it.node.on_wake = [&](Outbox& out) {
    if (++wakes == 10) out.exit("ten");
  };
  it.host.start();
  EXPECT_TRUE(it.ends());
}

class FloodOf : public testing::TestWithParam<Channel> {};

TEST_P(FloodOf, OneChannelDoesNotHoldUpTheOther) {
  asio::io_context io;
  TestHost it(io);
  const Channel flooded = GetParam();
  const Channel other = flooded == Channel::peers ? Channel::cluster : Channel::peers;
  it.host.listen(Channel::peers, at(io, host_1));
  it.host.listen(Channel::cluster, at(io, host_1));
  flood(it, flooded);
  int heard = 0, turns = 0;
  it.node.on_receive = [&](const Arrival& arrival, Bytes datagram, Outbox& out) {
    ++turns;
    if (arrival.channel == flooded && turns == 50) out.send(other, it.host.local(other), Text{2});
    out.send(arrival.channel, it.host.local(arrival.channel), datagram);
    if (arrival.channel == other && ++heard == 20) out.exit("heard");
  };
  it.host.start();
  EXPECT_TRUE(it.ends());
  EXPECT_LT(turns, 50'000);  // each turn of the other waits for a few batches at most
}

INSTANTIATE_TEST_SUITE_P(NodeHost, FloodOf, testing::Values(Channel::peers, Channel::cluster));

// Large data keeps many messages of many datagrams in a socket; each batch is a step of its own.
TEST(NodeHost, AFloodByOffloadHoldsUpNobody) {
  asio::io_context io;
  TestHost it(io);
  auto socket = at(io, host_1), from = at(io, host_2);
  socket.set_buffers(4 << 20);
  if (!from.use_offload().sending || !socket.use_offload().receiving)
    GTEST_SKIP() << "this kernel has no UDP_SEGMENT or no UDP_GRO";
  it.host.listen(Channel::peers, std::move(socket));
  const Text block(1426);
  const std::vector<DatagramSocket::Outgoing> some(450, {it.host.local(Channel::peers), block});
  std::size_t heard = 0, heard_at_order = 0;
  it.node.on_receive = [&](const Arrival&, Bytes datagram, Outbox& out) {
    EXPECT_EQ(datagram.size(), block.size());
    if (++heard == 1) asio::post(io, [&] { heard_at_order = heard; });
    if (heard == 3 * some.size()) out.exit("all");
  };
  it.host.start();
  for (int i = 0; i < 3; ++i) from.send(some);  // 30 messages
  EXPECT_TRUE(it.ends());
  EXPECT_EQ(heard_at_order, 16 * 45u);
  EXPECT_EQ(it.host.counters().steps, 1 + 2u);
}

TEST(NodeHost, ALongAnswerByOffloadIsWhole) {
  asio::io_context io;
  TestHost server(io);
  auto socket = at(io, host_1), to = at(io, host_2);
  socket.use_offload();
  to.use_offload();
  to.set_buffers(8 << 20);
  server.host.listen(Channel::peers, std::move(socket));
  server.host.start();
  server.host.step([&](Time, Outbox& out) {
    for (std::size_t i = 0; i < 1500; ++i)
      out.send(Channel::peers, to.local(), Text(1426, static_cast<std::uint8_t>(i)));
  });
  std::size_t heard = 0;
  for (std::span<const DatagramSocket::Received> some; !(some = to.receive()).empty();)
    for (const auto& datagram : some)
      EXPECT_EQ(datagram.bytes[1425], static_cast<std::uint8_t>(heard++));
  EXPECT_EQ(heard, 1500u);
}

// What a stall kept in the socket is heard before the timer that waited for it.
class HearsBefore : public testing::TestWithParam<Channel> {};

TEST_P(HearsBefore, ALateTimerWhatHasCome) {
  asio::io_context io;
  TestHost it(io);
  const Channel channel = GetParam();
  it.host.listen(channel, at(io, host_1));
  auto other = at(io, host_2);
  bool heard = false;
  it.node.at_start = [&](Outbox&) { it.node.next = it.node.now + 1ms; };
  it.node.on_receive = [&](const Arrival&, Bytes, Outbox&) { heard = true; };
  it.node.on_wake = [&](Outbox& out) {
    EXPECT_TRUE(heard);
    out.exit("woken");
  };
  it.host.start();
  const Time due = it.node.next;
  while (boot_clock_now() < due + 1ms) continue;  // the timer is ready before the socket is
  other.send(std::vector<DatagramSocket::Outgoing>{{it.host.local(channel), Text{1}}});
  EXPECT_TRUE(it.ends());
}

INSTANTIATE_TEST_SUITE_P(NodeHost, HearsBefore, testing::Values(Channel::peers, Channel::cluster));

}  // namespace
}  // namespace swarm::udp::hosts
