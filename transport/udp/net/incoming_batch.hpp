// What one call of the kernel reads from a DatagramSocket: its buffers, and the datagrams in them.
#pragma once

#include <sys/socket.h>

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "transport/udp/net/datagram_socket.hpp"
#include "transport/udp/net/socket_address.hpp"

namespace swarm::udp {

class IncomingBatch {
 public:
  // A message with offload: so many datagrams of one sender as fit, all of one size but the last.
  static constexpr std::size_t offload_messages = 16, offload_bytes = 64 << 10;

  explicit IncomingBatch(bool offload);
  IncomingBatch(const IncomingBatch&) = delete;  // its parts point at each other
  IncomingBatch& operator=(const IncomingBatch&) = delete;

  // Without waiting. The number of messages; -1: errno.
  int read(int descriptor);
  // Of the last read; valid until the next one. Counts what it gives and what it drops.
  std::span<const DatagramSocket::Received> split(SocketCounters& counters);

  bool was_whole() const { return read_ == messages_.size(); }

 private:
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(int))> bytes;
  };
  void take(std::size_t message, SocketCounters& counters);

  std::size_t room_;  // bytes per message
  std::size_t read_ = 0;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::vector<mmsghdr> messages_;
  std::vector<iovec> parts_;
  std::vector<SocketAddress> addresses_;
  std::vector<Control> controls_;  // with offload
  std::vector<DatagramSocket::Received> received_;
};

}  // namespace swarm::udp
