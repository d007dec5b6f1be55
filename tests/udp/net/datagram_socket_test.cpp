#include "transport/udp/net/datagram_socket.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <tuple>
#include <vector>

#include "tests/udp/run_until.hpp"

namespace swarm::udp {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t host_1 = 0x7f110101, host_2 = 0x7f110102;  // 127.17.1.1 and .2
constexpr std::uint32_t group_1 = 0xefff1101, group_2 = 0xefff1102;
constexpr MulticastSettings loopback{host_1, 1};

DatagramSocket at(asio::io_context& io, std::uint32_t ip, std::uint16_t port = 0) {
  return DatagramSocket::unicast(io, {ip, port}, {ip, 1});
}
DatagramSocket of_group(asio::io_context& io, std::uint32_t group, std::uint16_t port = 0) {
  return DatagramSocket::group(io, {group, port}, loopback);
}

using Text = std::vector<std::uint8_t>;
Text numbered(std::uint32_t number, std::size_t size = 4) {
  Text text(size, 0);
  for (std::size_t i = 0; i < 4; ++i) text[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return text;
}

void send(DatagramSocket& from, const Endpoint& to, const std::vector<Text>& texts) {
  std::vector<DatagramSocket::Outgoing> datagrams;
  for (const auto& text : texts) datagrams.push_back({to, text});
  from.send(datagrams);
}

struct Heard {
  Endpoint from;
  Text text;
};

// Collects, waiting for each batch, until `count` have come.
std::vector<Heard> hear(asio::io_context& io, DatagramSocket& socket, std::size_t count) {
  std::vector<Heard> heard;
  const std::function<void()> collect = [&] {
    for (const auto& datagram : socket.receive())
      heard.push_back({datagram.from, {datagram.bytes.begin(), datagram.bytes.end()}});
    if (heard.size() < count) socket.wait(collect);
  };
  socket.wait(collect);
  EXPECT_TRUE(run_until(io, [&] { return heard.size() >= count; })) << heard.size() << " came";
  return heard;
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

bool is_whole(Offload offload) {
  return offload.sending && offload.receiving;
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

// The descriptor that the next socket will have.
int next_descriptor() {
  const int fd = ::dup(STDERR_FILENO);
  ::close(fd);
  return fd;
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
  auto asker = at(io, host_1), asked = at(io, host_2);
  send(asker, asked.local(), {numbered(1)});
  send(asked, hear(io, asked, 1)[0].from, {numbered(2)});
  EXPECT_EQ(hear(io, asker, 1)[0].from, asked.local());
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

constexpr Ip::Bytes16 ones{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr Ip loopback6 = Ip::v6(ones);

DatagramSocket at6(asio::io_context& io, std::uint16_t port = 0) {
  return DatagramSocket::unicast(io, {loopback6, port}, {});
}

TEST(DatagramSocket, SpeaksIpv6) {
  asio::io_context io;
  auto asker = at6(io), asked = at6(io);
  send(asker, asked.local(), {numbered(1), numbered(2, 1000)});
  const auto heard = hear(io, asked, 2);
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].from, asker.local());
  EXPECT_EQ(heard[0].from.ip, loopback6);
  EXPECT_EQ(heard[1].text, numbered(2, 1000));
  send(asked, heard[0].from, {numbered(3)});
  EXPECT_EQ(hear(io, asker, 1)[0].from, asked.local());
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

// --- Offload

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
}  // namespace swarm::udp
