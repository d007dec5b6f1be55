#include "transport/udp/net/outgoing_batch.hpp"

#include <netinet/udp.h>

#include <cstring>

namespace swarm::udp {
namespace {

using Outgoing = DatagramSocket::Outgoing;

// Returns how many datagrams at the front can form one message. All must have the same size, except
// that the last may be smaller.
std::size_t run_length(std::span<const Outgoing> datagrams) {
  const Outgoing& first = datagrams.front();
  const std::size_t segment = first.bytes.size();
  std::size_t length = 1, bytes = segment;
  for (const auto& next : datagrams.subspan(1)) {
    const std::size_t size = next.bytes.size();
    bytes += size;
    if (length == OutgoingBatch::most_datagrams || bytes > OutgoingBatch::most_bytes ||
        size > segment || size == 0 || next.to != first.to)
      break;
    ++length;
    if (size < segment) break;
  }
  return length;
}

}  // namespace

OutgoingBatch::OutgoingBatch(bool offload)
    : parts_(offload ? DatagramSocket::batch * 16 : DatagramSocket::batch),
      controls_(offload ? DatagramSocket::batch : 0) {
  for (std::size_t i = 0; i < messages_.size(); ++i)
    messages_[i].msg_hdr.msg_name = addresses_[i].data();
  for (auto& control : controls_) {
    cmsghdr header{};
    header.cmsg_level = IPPROTO_UDP;
    header.cmsg_type = UDP_SEGMENT;
    header.cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
    std::memcpy(control.bytes.data(), &header, sizeof header);
  }
}

std::size_t OutgoingBatch::fill(std::span<const Outgoing> datagrams, bool merge) {
  filled_ = parts_filled_ = 0;
  std::size_t taken = 0;
  while (taken < datagrams.size() && filled_ < messages_.size()) {
    const auto rest = datagrams.subspan(taken);
    const std::size_t length = merge ? run_length(rest) : 1;
    if (parts_filled_ + length > parts_.size()) break;
    add(rest.first(length));
    taken += length;
  }
  return taken;
}

void OutgoingBatch::add(std::span<const Outgoing> datagrams) {
  iovec* const parts = &parts_[parts_filled_];
  std::size_t count = 0;
  const std::uint8_t* end = nullptr;
  for (const auto& datagram : datagrams) {
    const Bytes bytes = datagram.bytes;
    if (count > 0 && bytes.data() == end)
      parts[count - 1].iov_len += bytes.size();
    else  // sendmmsg only reads; iovec is not const because recvmmsg uses the same type
      parts[count++] = {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
    end = bytes.data() + bytes.size();
  }
  parts_filled_ += count;

  msghdr& header = messages_[filled_].msg_hdr;
  header.msg_iov = parts;
  header.msg_iovlen = count;
  header.msg_control = nullptr;
  header.msg_controllen = 0;
  if (datagrams.size() > 1) {
    const auto segment = static_cast<std::uint16_t>(datagrams.front().bytes.size());
    auto& control = controls_[filled_].bytes;
    std::memcpy(&control[CMSG_LEN(0)], &segment, sizeof segment);
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
  addresses_[filled_] = SocketAddress(datagrams.front().to);
  header.msg_namelen = addresses_[filled_].size();
  taken_[filled_++] = datagrams;
}

}  // namespace swarm::udp
