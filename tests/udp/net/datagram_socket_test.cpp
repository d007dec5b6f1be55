// Datagrams over sockets of this host, one by one and in batches, over both families.
#include "transport/udp/net/datagram_socket.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "tests/udp/net/sockets.hpp"
#include "tests/udp/run_until.hpp"

namespace swarm::udp::sockets {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t group_1 = 0xefff1101, group_2 = 0xefff1102;
constexpr MulticastSettings loopback{host_1, 1};

DatagramSocket of_group(asio::io_context& io, std::uint32_t group, std::uint16_t port = 0) {
  return DatagramSocket::group(io, {group, port}, loopback);
}

template <class Open>
std::string error_of(const Open& open) {
  try {
    open();
  } catch (const SocketError& error) {
    return error.what();
  }
  return "no error";
}

TEST(DatagramSocket, ManyDatagramsArriveInTheirOrder) {
  asio::io_context io;
  auto from = at(io, host_1), to = at(io, host_2);
  to.set_buffers(1 << 20);
  std::vector<Text> texts;
  for (std::uint32_t i = 0; i < 200; ++i) texts.push_back(numbered(i, 4 + i));
  send(from, to.local(), texts);
  const auto heard = hear(io, to, 200);
  ASSERT_EQ(heard.size(), 200u);
  for (std::size_t i = 0; i < 200; ++i) {
    EXPECT_EQ(heard[i].text, texts[i]);
    EXPECT_EQ(heard[i].from, from.local());
  }
  EXPECT_EQ(from.counters().sent, 200u);
  EXPECT_EQ(to.counters().received, 200u);
  EXPECT_EQ(to.counters().received_bytes, from.counters().sent_bytes);
}

TEST(DatagramSocket, ABatchIsAllThatOneCallGives) {
  asio::io_context io;
  auto from = at(io, host_1), to = at(io, host_2);
  send(from, to.local(), std::vector<Text>(DatagramSocket::batch + 1, numbered(0)));
  EXPECT_EQ(to.receive().size(), DatagramSocket::batch);
  EXPECT_EQ(to.receive().size(), 1u);
  EXPECT_EQ(to.receive().size(), 0u);
}

TEST(DatagramSocket, WhatIsTooLargeIsDroppedAndCounted) {
  asio::io_context io;
  auto from = at(io, host_1), to = at(io, host_2);
  const auto largest = DatagramSocket::largest;
  send(from, to.local(), {numbered(1, largest + 1), numbered(2, largest), numbered(3, 60'000)});
  send(from, to.local(), {Text{}});
  const auto heard = hear(io, to, 2);
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].text, numbered(2, largest));
  EXPECT_EQ(heard[1].text, Text{});  // an empty datagram is one
  EXPECT_EQ(to.counters().truncated, 2u);
  EXPECT_EQ(to.counters().received, 2u);
}

TEST(DatagramSocket, WhatTheKernelRefusesDoesNotHoldUpTheOthers) {
  asio::io_context io;
  auto from = at(io, host_1), to = at(io, host_2);
  // Too large for UDP; a loopback address does not reach the world; port 0 is nobody's.
  const Text huge(70'000), small = numbered(7);
  const Endpoint nowhere{0xc6336401, 9}, nobody{host_2, 0};
  from.send(std::vector<DatagramSocket::Outgoing>{{to.local(), huge},
                                                  {nowhere, small},
                                                  {to.local(), small},
                                                  {nobody, small},
                                                  {nobody, small},
                                                  {to.local(), small},
                                                  {to.local(), huge}});
  EXPECT_EQ(hear(io, to, 2).size(), 2u);
  EXPECT_EQ(from.counters().send_dropped, 5u);
  EXPECT_EQ(from.counters().sent, 2u);
}

TEST(DatagramSocket, AClosedPortOfAnotherIsNoErrorOfThisOne) {
  asio::io_context io;
  auto from = at(io, host_1), to = at(io, host_2);
  const Endpoint closed = at(io, host_2).local();
  for (int i = 0; i < 20; ++i) send(from, closed, {numbered(1)});
  send(from, to.local(), {numbered(2)});
  send(to, from.local(), {numbered(3)});
  EXPECT_EQ(hear(io, to, 1).size(), 1u);
  EXPECT_EQ(hear(io, from, 1).size(), 1u);
  EXPECT_EQ(from.counters().sent, 21u);
}

TEST(DatagramSocket, AnErrorOfTheNetworkHidesNoDatagram) {
  asio::io_context io;
  const int fd = next_descriptor();
  auto socket = at(io, host_1);
  const Endpoint closed = at(io, host_2).local();
  sockaddr_in address{};  // the kernel tells only connected sockets of an ICMP error
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(closed.ip.v4());
  address.sin_port = htons(closed.port);
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  send(socket, closed, {numbered(1)});
  auto opened = at(io, closed.ip.v4(), closed.port);
  send(opened, socket.local(), {numbered(2)});
  EXPECT_EQ(hear(io, socket, 1).size(), 1u);
  EXPECT_EQ(socket.counters().receive_errors, 1u);
}

// Every read of it fails, again and again.
DatagramSocket broken(asio::io_context& io) {
  const int fd = next_descriptor();
  auto socket = at(io, host_1);
  const int other = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(::dup2(other, fd), fd);
  ::close(other);
  while (socket.counters().receive_errors < 8) EXPECT_TRUE(socket.receive().empty());
  return socket;
}

TEST(DatagramSocket, ABrokenOneIsAskedAgainAfterAPause) {
  asio::io_context io;
  auto socket = broken(io);
  const auto begin = std::chrono::steady_clock::now();
  bool ready = false;
  socket.wait([&] { ready = true; });
  EXPECT_TRUE(run_until(io, [&] { return ready; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(10));
}

TEST(DatagramSocket, AnOverflowOfTheBufferIsCounted) {
  asio::io_context io;
  auto from = at(io, host_1), to = at(io, host_2);
  to.set_buffers(8192);
  send(from, to.local(), std::vector<Text>(200, numbered(0, 1000)));
  EXPECT_EQ(from.counters().sent, 200u);
  std::size_t received = 0;
  for (std::size_t some; (some = to.receive().size()) > 0;) received += some;
  EXPECT_GT(received, 0u);
  EXPECT_EQ(to.counters().receive_overflows, 200 - received);
  to.close();
  EXPECT_EQ(to.counters().receive_overflows, 200 - received);
}

TEST(DatagramSocket, TellsTheBuffersThatTheKernelGave) {
  asio::io_context io;
  auto socket = at(io, host_1);
  EXPECT_EQ(socket.set_buffers(100'000), 100'000u);
  EXPECT_LE(socket.set_buffers(std::size_t{1} << 40), std::size_t{1} << 31);
}

TEST(DatagramSocket, AllSocketsOfAGroupHearIt) {
  asio::io_context io;
  auto first = of_group(io, group_1);
  auto second = of_group(io, group_1, first.local().port);
  auto from = at(io, host_1);
  EXPECT_TRUE(first.is_group());
  EXPECT_FALSE(from.is_group());
  send(from, first.local(), {numbered(5)});
  for (auto* const socket : {&first, &second}) {
    const auto heard = hear(io, *socket, 1);
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].from, from.local());
    EXPECT_EQ(heard[0].text, numbered(5));
  }
}

TEST(DatagramSocket, AGroupDoesNotHearAnotherNorUnicast) {
  asio::io_context io;
  auto one = of_group(io, group_1);
  const auto port = one.local().port;
  auto two = of_group(io, group_2, port);
  auto from = at(io, host_1);
  send(from, {host_1, port}, {numbered(1)});
  send(from, {group_2, port}, {numbered(2)});
  send(from, {group_1, port}, {numbered(3)});
  const auto heard = hear(io, one, 1);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].text, numbered(3));
  EXPECT_TRUE(one.receive().empty());
  EXPECT_EQ(hear(io, two, 1)[0].text, numbered(2));
  EXPECT_TRUE(two.receive().empty());
}

TEST(DatagramSocket, AReplyLeavesFromTheAddressThatItIsBoundTo) {
  asio::io_context io;
  auto requester = at(io, host_1), asked = at(io, host_2);
  send(requester, asked.local(), {numbered(1)});
  send(asked, hear(io, asked, 1)[0].from, {numbered(2)});
  EXPECT_EQ(hear(io, requester, 1)[0].from, asked.local());
  EXPECT_EQ(asked.local().ip, host_2);
}

TEST(DatagramSocket, APortInUseIsOneClearSentence) {
  asio::io_context io;
  auto first = at(io, host_1);
  const auto text = to_string(first.local());
  EXPECT_EQ(error_of([&] { at(io, host_1, first.local().port); }),
            "cannot listen on " + text + "/udp: the port is in use by another process");
  at(io, host_2, first.local().port);  // another address of the host is free
}

TEST(DatagramSocket, AForeignAddressIsOneClearSentence) {
  asio::io_context io;
  EXPECT_EQ(error_of([&] { at(io, 0xc0000209, 6969); }),
            "cannot listen on 192.0.2.9:6969/udp: 192.0.2.9 is no address of this host");
  EXPECT_THAT(error_of([&] {
                DatagramSocket::group(io, {group_1, 0}, {0xc0000209, 1});
              }),
              HasSubstr("no interface of this host has the address 192.0.2.9"));
  EXPECT_THAT(error_of([&] {
                DatagramSocket::unicast(io, {host_1, 0}, {0xc0000209, 1});
              }),
              HasSubstr("no interface of this host has the address 192.0.2.9"));
  EXPECT_THAT(error_of([&] {
                DatagramSocket::group(io, {host_1, 0}, loopback);
              }),
              HasSubstr("127.17.1.1 is no multicast address"));
}

// --- IPv6

TEST(DatagramSocket, SpeaksIpv6) {
  asio::io_context io;
  auto requester = at6(io), asked = at6(io);
  send(requester, asked.local(), {numbered(1), numbered(2, 1000)});
  const auto heard = hear(io, asked, 2);
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].from, requester.local());
  EXPECT_EQ(heard[0].from.ip, loopback6);
  EXPECT_EQ(heard[1].text, numbered(2, 1000));
  send(asked, heard[0].from, {numbered(3)});
  EXPECT_EQ(hear(io, requester, 1)[0].from, asked.local());
  EXPECT_EQ(asked.counters().received_bytes, 1004u);
  EXPECT_EQ(asked.counters().sent, 1u);
}

TEST(DatagramSocket, OneFamilyDoesNotHearOrReachTheOther) {
  asio::io_context io;
  auto six = at6(io);
  auto four = at(io, host_1, six.local().port);  // the port is free there: IPV6_V6ONLY
  send(four, six.local(), {numbered(1)});
  send(six, four.local(), {numbered(2)});
  EXPECT_EQ(four.counters().send_dropped, 1u);
  EXPECT_EQ(six.counters().send_dropped, 1u);
  EXPECT_TRUE(four.receive().empty());
  EXPECT_TRUE(six.receive().empty());
}

TEST(DatagramSocket, AnIpv6AddressThatCannotBeBoundIsOneClearSentence) {
  asio::io_context io;
  auto first = at6(io);
  EXPECT_EQ(error_of([&] { at6(io, first.local().port); }),
            "cannot listen on " + to_string(first.local()) +
                "/udp: the port is in use by another process");
  const auto of = [&](std::uint8_t begin, std::uint8_t second) {
    return error_of([&] {
      DatagramSocket::unicast(io, {Ip::v6({begin, second, 0, 9}), 6969}, {});
    });
  };
  EXPECT_EQ(of(0x20, 0x01),
            "cannot listen on [2001:9::]:6969/udp: 2001:9:: is no address of this host");
  EXPECT_THAT(of(0xfe, 0x80), HasSubstr("a link-local address is no address for peers"));
}

// Both are ready at once; the one whose turn comes first ends the other.
int calls_of_two_that_end_each_other(asio::io_context& io, std::optional<DatagramSocket> first,
                                     std::optional<DatagramSocket> second) {
  int calls = 0;
  first->wait([&] {
    ++calls;
    second.reset();
  });
  second->wait([&] {
    ++calls;
    first.reset();
  });
  auto from = at(io, host_1);
  send(from, first->local(), {numbered(1)});
  send(from, second->local(), {numbered(1)});
  const auto pauses_are_over = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
  while (std::chrono::steady_clock::now() < pauses_are_over) continue;
  io.run();
  return calls;
}

TEST(DatagramSocket, ReadyIsNotCalledAfterItsEnd) {
  asio::io_context io;
  EXPECT_EQ(calls_of_two_that_end_each_other(io, at(io, host_2), at(io, host_2)), 1);
}

TEST(DatagramSocket, ReadyIsNotCalledAfterTheEndOfABrokenOne) {
  asio::io_context io;
  EXPECT_EQ(calls_of_two_that_end_each_other(io, broken(io), broken(io)), 1);
}

}  // namespace
}  // namespace swarm::udp::sockets
