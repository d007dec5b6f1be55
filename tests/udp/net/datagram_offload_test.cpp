// Datagrams that the kernel takes and gives many at a time arrive as they do one by one.
#include "transport/udp/net/datagram_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <tuple>
#include <vector>

#include "tests/udp/net/sockets.hpp"

namespace swarm::udp::sockets {
namespace {

bool is_whole(Offload offload) {
  return offload.sending && offload.receiving;
}

TEST(DatagramSocket, OffloadServesIpv6Too) {
  asio::io_context io;
  auto from = at6(io), to = at6(io);
  to.set_buffers(4 << 20);
  if (!is_whole(from.use_offload()) || !is_whole(to.use_offload()))
    GTEST_SKIP() << "this kernel has no UDP_SEGMENT or no UDP_GRO";
  send(from, to.local(), std::vector<Text>(500, numbered(1, 1426)));
  const auto heard = hear(io, to, 500);
  EXPECT_EQ(heard.size(), 500u);
  EXPECT_EQ(heard.back().from, from.local());
}

// Whether the sender, the receivers use it.
class OffloadOf : public testing::TestWithParam<std::tuple<bool, bool>> {
 protected:
  DatagramSocket sender() { return with(std::get<0>(GetParam()), host_1); }
  DatagramSocket receiver(std::uint32_t ip) { return with(std::get<1>(GetParam()), ip); }

  asio::io_context io;

 private:
  DatagramSocket with(bool offload, std::uint32_t ip) {
    auto socket = at(io, ip);
    socket.set_buffers(4 << 20);
    if (offload) socket.use_offload();
    return socket;
  }
};

// Runs of equal sizes and single ones, empty ones, ones that grow and shrink.
std::vector<Text> mixed_texts() {
  std::vector<Text> texts;
  std::uint32_t number = 0;
  const auto add = [&](std::size_t size, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) texts.push_back(numbered(number++, size));
  };
  add(1426, 130), add(100, 1), add(1426, 2), add(1427, 3), add(4, 200), add(700, 1);
  texts.push_back({});
  texts.push_back({});
  for (std::size_t size = 10; size < 40; ++size) add(size, 1);
  for (std::size_t size = 40; size > 10; --size) add(size, 2);
  add(DatagramSocket::largest, 40);
  return texts;
}

TEST_P(OffloadOf, EachDestinationHearsItsDatagramsInTheirOrder) {
  auto from = sender(), near = receiver(host_2), far = receiver(host_2);
  const auto texts = mixed_texts();
  std::vector<DatagramSocket::Outgoing> datagrams;
  std::vector<Text> to_near, to_far;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool first = i < 150 || i % 7 < 4;  // a long run, then short ones
    datagrams.push_back({first ? near.local() : far.local(), texts[i]});
    (first ? to_near : to_far).push_back(texts[i]);
  }
  from.send(datagrams);
  EXPECT_EQ(from.counters().sent, texts.size());
  EXPECT_EQ(from.counters().send_dropped, 0u);
  for (auto* const socket : {&near, &far}) {
    const auto& expected = socket == &near ? to_near : to_far;
    const auto heard = hear(io, *socket, expected.size());
    ASSERT_EQ(heard.size(), expected.size());
    for (std::size_t i = 0; i < heard.size(); ++i) {
      ASSERT_EQ(heard[i].text, expected[i]) << i;
      ASSERT_EQ(heard[i].from, from.local());
    }
    EXPECT_EQ(socket->counters().received, expected.size());
  }
  EXPECT_EQ(near.counters().received_bytes + far.counters().received_bytes,
            from.counters().sent_bytes);
}

TEST_P(OffloadOf, DatagramsOfOneArenaArriveInTheirOrder) {
  auto from = sender(), to = receiver(host_2);
  constexpr std::size_t size = 1426, count = 300;
  Text arena(size * count);
  for (std::size_t i = 0; i < arena.size(); ++i)
    arena[i] = static_cast<std::uint8_t>(i * 2654435761u >> 24);
  std::vector<DatagramSocket::Outgoing> datagrams;
  for (std::size_t i = 0; i < count; ++i)
    datagrams.push_back({to.local(), Bytes(arena).subspan(i * size, size)});
  from.send(datagrams);
  Text heard;
  for (const auto& datagram : hear(io, to, count))
    heard.insert(heard.end(), datagram.text.begin(), datagram.text.end());
  EXPECT_EQ(heard, arena);
}

TEST_P(OffloadOf, WhatIsTooLargeIsDroppedAndCountedOneByOne) {
  auto from = sender(), to = receiver(host_2);
  std::vector<Text> texts(10, numbered(1, DatagramSocket::largest + 1));
  texts.push_back(numbered(2, DatagramSocket::largest));
  texts.push_back(numbered(3, 60'000));
  texts.push_back(numbered(4));
  send(from, to.local(), texts);
  const auto heard = hear(io, to, 2);
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].text, texts[10]);
  EXPECT_EQ(heard[1].text, texts[12]);
  EXPECT_EQ(to.counters().truncated, 11u);
}

TEST_P(OffloadOf, WhatNobodyCanBeSentIsDroppedAlone) {
  auto from = sender(), to = receiver(host_2);
  const bool offload = from.offload().sending;
  const Text small = numbered(7);
  const Endpoint nobody{host_2, 0};
  std::vector<DatagramSocket::Outgoing> datagrams(5, {nobody, small});
  datagrams.insert(datagrams.end(), 5, {to.local(), small});
  from.send(datagrams);
  EXPECT_EQ(hear(io, to, 5).size(), 5u);
  EXPECT_EQ(from.counters().send_dropped, 5u);
  EXPECT_EQ(from.counters().sent, 5u);
  EXPECT_EQ(from.offload().sending, offload);  // it was not the offload that was refused
}

INSTANTIATE_TEST_SUITE_P(DatagramSocket, OffloadOf,
                         testing::Combine(testing::Bool(), testing::Bool()));

TEST(DatagramSocket, IsPlainUntilItIsTold) {
  asio::io_context io;
  auto socket = at(io, host_1);
  EXPECT_FALSE(socket.offload().sending || socket.offload().receiving);
  const Offload taken = socket.use_offload();
  EXPECT_EQ(taken.sending, socket.offload().sending);
  EXPECT_EQ(taken.receiving, socket.offload().receiving);
}

TEST(DatagramSocket, OffloadMovesManyDatagramsAsOne) {
  asio::io_context io;
  auto from = at(io, host_1), to = at(io, host_2);
  to.set_buffers(4 << 20);
  if (!is_whole(from.use_offload()) || !is_whole(to.use_offload()))
    GTEST_SKIP() << "this kernel has no UDP_SEGMENT or no UDP_GRO";
  send(from, to.local(), std::vector<Text>(500, numbered(1, 1426)));
  EXPECT_EQ(to.receive().size(), 500u);  // eleven messages
  EXPECT_FALSE(to.may_have_more());
  EXPECT_EQ(to.counters().received, 500u);
}

TEST(DatagramSocket, AWholeBatchTellsThatThereMayBeMore) {
  asio::io_context io;
  auto from = at(io, host_1), to = at(io, host_2);
  send(from, to.local(), std::vector<Text>(DatagramSocket::batch + 1, numbered(0)));
  to.receive();
  EXPECT_TRUE(to.may_have_more());
  to.receive();
  EXPECT_FALSE(to.may_have_more());
  to.receive();
  EXPECT_FALSE(to.may_have_more());
}

// As on a network card that makes no checksums: the kernel takes the option, and no such message.
TEST(DatagramSocket, AnOffloadThatIsRefusedLaterOnCostsNoDatagram) {
  asio::io_context io;
  const int fd = next_descriptor();
  auto from = at(io, host_1), to = at(io, host_2);
  to.set_buffers(1 << 20);
  if (!from.use_offload().sending) GTEST_SKIP() << "this kernel has no UDP_SEGMENT";
  const int none = 1;
  ASSERT_EQ(::setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &none, sizeof none), 0);
  std::vector<Text> texts;
  for (std::uint32_t i = 0; i < 150; ++i) texts.push_back(numbered(i, 1426));
  send(from, to.local(), texts);
  EXPECT_FALSE(from.offload().sending);
  send(from, to.local(), texts);
  const auto heard = hear(io, to, 300);
  ASSERT_EQ(heard.size(), 300u);
  for (std::size_t i = 0; i < heard.size(); ++i) EXPECT_EQ(heard[i].text, texts[i % 150]);
  EXPECT_EQ(from.counters().sent, 300u);
  EXPECT_EQ(from.counters().sent_bytes, 300u * 1426);
  EXPECT_EQ(from.counters().send_dropped, 0u);
}

}  // namespace
}  // namespace swarm::udp::sockets
