#include "transport/udp/net/incoming_batch.hpp"

#include <netinet/udp.h>

#include <algorithm>
#include <cstring>

namespace swarm::udp {
namespace {

// The size of the datagrams in the message; 0 if the message is a single datagram.
std::size_t segment_size(msghdr& header) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level != IPPROTO_UDP || control->cmsg_type != UDP_GRO) continue;
    int size = 0;
    std::memcpy(&size, CMSG_DATA(control), sizeof size);
    return static_cast<std::size_t>(std::max(size, 0));
  }
  return 0;
}

}  // namespace

IncomingBatch::IncomingBatch(bool offload)
    : room_(offload ? offload_bytes : DatagramSocket::largest),
      messages_(offload ? offload_messages : DatagramSocket::batch),
      parts_(messages_.size()),
      addresses_(messages_.size()),
      controls_(offload ? messages_.size() : 0) {
  bytes_ = std::make_unique_for_overwrite<std::uint8_t[]>(room_ * messages_.size());
  received_.reserve(messages_.size() * (room_ / DatagramSocket::largest));
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    parts_[i] = {&bytes_[i * room_], room_};
    messages_[i].msg_hdr.msg_name = addresses_[i].data();
    messages_[i].msg_hdr.msg_iov = &parts_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    if (offload) messages_[i].msg_hdr.msg_control = controls_[i].bytes.data();
  }
}

int IncomingBatch::read(int descriptor) {
  for (auto& message : messages_) {  // resets two fields that the kernel overwrites at each read
    message.msg_hdr.msg_namelen = SocketAddress::capacity;
    message.msg_hdr.msg_controllen = controls_.empty() ? 0 : sizeof(Control);
  }
  const int count = ::recvmmsg(descriptor, messages_.data(),
                               static_cast<unsigned>(messages_.size()), MSG_DONTWAIT, nullptr);
  read_ = static_cast<std::size_t>(std::max(count, 0));
  return count;
}

std::span<const DatagramSocket::Received> IncomingBatch::split(SocketCounters& counters) {
  received_.clear();
  for (std::size_t i = 0; i < read_; ++i) take(i, counters);
  counters.received += received_.size();
  return received_;
}

void IncomingBatch::take(std::size_t message, SocketCounters& counters) {
  msghdr& header = messages_[message].msg_hdr;
  if ((header.msg_flags & MSG_TRUNC) != 0) {
    ++counters.truncated;
    return;
  }
  const Endpoint from = addresses_[message].endpoint();
  Bytes rest(&bytes_[message * room_], messages_[message].msg_len);
  const std::size_t told = controls_.empty() ? 0 : segment_size(header);
  const std::size_t segment = told == 0 ? rest.size() : told;
  do {  // an empty message is one datagram
    const Bytes datagram = rest.first(std::min(segment, rest.size()));
    rest = rest.subspan(datagram.size());
    if (datagram.size() > DatagramSocket::largest) {
      ++counters.truncated;
      continue;
    }
    counters.received_bytes += datagram.size();
    received_.push_back({from, datagram});
  } while (!rest.empty());
}

}  // namespace swarm::udp
