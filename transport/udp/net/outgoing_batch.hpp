// The datagrams that a DatagramSocket sends with one kernel call, arranged as messages.
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
  // The largest message that the kernel of Debian 12 accepts with offload.
  static constexpr std::size_t most_datagrams = 64, most_bytes = 65'507;

  explicit OutgoingBatch(bool offload);
  OutgoingBatch(const OutgoingBatch&) = delete;  // the members point into each other
  OutgoingBatch& operator=(const OutgoingBatch&) = delete;

  // Takes as many datagrams as fit from the front of `datagrams`, and returns their number. The
  // datagrams must stay in place until the batch has been sent. `merge` allows several datagrams
  // per message; it may be true only with offload.
  std::size_t fill(std::span<const Outgoing> datagrams, bool merge);

  std::span<mmsghdr> messages() { return std::span(messages_).first(filled_); }
  // The datagrams of the message with index `message`, in order.
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
  std::vector<Control> controls_;  // used with offload only
};

}  // namespace swarm::udp
