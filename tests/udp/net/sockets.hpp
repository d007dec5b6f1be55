// Makes sockets on addresses of this host, and collects the datagrams that arrive.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <vector>

#include "tests/udp/run_until.hpp"
#include "transport/udp/net/datagram_socket.hpp"

namespace swarm::udp::sockets {

inline constexpr std::uint32_t host_1 = 0x7f110101, host_2 = 0x7f110102;  // 127.17.1.1 and .2

inline DatagramSocket at(asio::io_context& io, std::uint32_t ip, std::uint16_t port = 0) {
  return DatagramSocket::unicast(io, {ip, port}, {ip, 1});
}

using Text = std::vector<std::uint8_t>;
inline Text numbered(std::uint32_t number, std::size_t size = 4) {
  Text text(size, 0);
  for (std::size_t i = 0; i < 4; ++i) text[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return text;
}

inline void send(DatagramSocket& from, const Endpoint& to, const std::vector<Text>& texts) {
  std::vector<DatagramSocket::Outgoing> datagrams;
  for (const auto& text : texts) datagrams.push_back({to, text});
  from.send(datagrams);
}

struct Heard {
  Endpoint from;
  Text text;
};

// Collects datagrams until `count` have arrived. Waits for each batch.
inline std::vector<Heard> hear(asio::io_context& io, DatagramSocket& socket, std::size_t count) {
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

// Returns the descriptor that the next socket will get.
inline int next_descriptor() {
  const int fd = ::dup(STDERR_FILENO);
  ::close(fd);
  return fd;
}

inline constexpr Ip::Bytes16 ones{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
inline constexpr Ip loopback6 = Ip::v6(ones);

inline DatagramSocket at6(asio::io_context& io, std::uint16_t port = 0) {
  return DatagramSocket::unicast(io, {loopback6, port}, {});
}

}  // namespace swarm::udp::sockets
