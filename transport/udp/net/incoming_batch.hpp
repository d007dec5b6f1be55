// The buffers into which one kernel call reads from a DatagramSocket, and the datagrams in them.
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
  // With offload, one read takes at most `offload_messages` messages of at most `offload_bytes`
  // bytes. Each message holds many datagrams of one sender, all of one size; only the last datagram
  // may be smaller.
  static constexpr std::size_t offload_messages = 16, offload_bytes = 64 << 10;

  explicit IncomingBatch(bool offload);
  IncomingBatch(const IncomingBatch&) = delete;  // the members point into each other
  IncomingBatch& operator=(const IncomingBatch&) = delete;

  // Reads without waiting. Returns the number of messages, or -1 with errno set.
  int read(int descriptor);
  // Returns the datagrams of the last read(), and counts received and dropped datagrams. The result
  // is valid until the next read().
  std::span<const DatagramSocket::Received> split(SocketCounters& counters);

  // True if the last read() filled the whole batch.
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
  std::vector<Control> controls_;  // used with offload only
  std::vector<DatagramSocket::Received> received_;
};

}  // namespace swarm::udp
