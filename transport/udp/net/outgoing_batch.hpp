// What one call of the kernel takes from a DatagramSocket: datagrams as messages.
#pragma once

#include <sys/socket.h>

#include <array>
#include <span>
#include <vector>

#include "transport/udp/net/datagram_socket.hpp"
#include "transport/udp/net/socket_address.hpp"

namespace swarm::udp {

class OutgoingBatch {
 public:
  using Outgoing = DatagramSocket::Outgoing;
  // With offload: of one message. The kernel of Debian 12 takes no more.
  static constexpr std::size_t most_datagrams = 64, most_bytes = 65'507;

  explicit OutgoingBatch(bool offload);
  OutgoingBatch(const OutgoingBatch&) = delete;  // its parts point at each other
  OutgoingBatch& operator=(const OutgoingBatch&) = delete;

  // Takes from the front of `datagrams`, as many as fit; how many. They stay where they are until
  // the batch has left. `merge`: with offload only; else each one is a message.
  std::size_t fill(std::span<const Outgoing> datagrams, bool merge);

  std::span<mmsghdr> messages() { return std::span(messages_).first(filled_); }
  // Those of one message, in order.
  std::span<const Outgoing> datagrams(std::size_t message) const { return taken_[message]; }

 private:
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(std::uint16_t))> bytes;
  };
  void add(std::span<const Outgoing> datagrams);

  std::size_t filled_ = 0, parts_filled_ = 0;
  std::array<mmsghdr, DatagramSocket::batch> messages_{};
  std::array<SocketAddress, DatagramSocket::batch> addresses_;
  std::array<std::span<const Outgoing>, DatagramSocket::batch> taken_;
  std::vector<iovec> parts_;
  std::vector<Control> controls_;  // with offload
};

}  // namespace swarm::udp
