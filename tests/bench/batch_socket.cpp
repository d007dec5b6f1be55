#include "tests/bench/batch_socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace swarm::bench {
namespace {

constexpr int buffer_size = 8 << 20;

[[noreturn]] void throw_error(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in address_of(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  address.sin_addr.s_addr = htonl(endpoint.ip.v4());
  return address;
}

Endpoint endpoint_of(const sockaddr_in& address) {
  return {ntohl(address.sin_addr.s_addr), ntohs(address.sin_port)};
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// More than the kernel's limit only where it lets us.
void enlarge(int descriptor, int forced, int plain) {
  const int size = buffer_size;
  if (setsockopt(descriptor, SOL_SOCKET, forced, &size, sizeof size) != 0)
    setsockopt(descriptor, SOL_SOCKET, plain, &size, sizeof size);
}

}  // namespace

Endpoint read_endpoint(const std::string& text, std::uint16_t port) {
  const auto colon = text.find(':');
  in_addr ip{};
  std::size_t end = 0;
  unsigned long number = port;
  if (colon != text.npos) {
    try {
      number = std::stoul(text.substr(colon + 1), &end);
    } catch (const std::logic_error&) {
      end = text.npos;
    }
  }
  const bool port_ok = colon == text.npos || end + colon + 1 == text.size();
  if (inet_pton(AF_INET, text.substr(0, colon).c_str(), &ip) != 1 || !port_ok || number == 0 ||
      number > 65535)
    throw std::runtime_error("'" + text + "' is no address: write 127.0.0.1:6969");
  return {ntohl(ip.s_addr), static_cast<std::uint16_t>(number)};
}

std::string address_text(std::uint32_t ip) {
  const std::string text = to_string(Endpoint{ip, 0});
  return text.substr(0, text.find(':'));
}

struct BatchSocket::Buffers {
  struct Slot {
    std::array<std::uint8_t, longest> bytes;
    sockaddr_in address;
    iovec part;
  };
  std::array<Slot, batch> in, out;
  std::array<mmsghdr, batch> in_heads{}, out_heads{};
};

BatchSocket::BatchSocket(const Endpoint& local) : buffers_(std::make_unique<Buffers>()) {
  descriptor_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) throw_error("cannot make a socket");
  enlarge(descriptor_, SO_RCVBUFFORCE, SO_RCVBUF);
  enlarge(descriptor_, SO_SNDBUFFORCE, SO_SNDBUF);
  const auto address = address_of(local);
  setsockopt(descriptor_, IPPROTO_IP, IP_MULTICAST_IF, &address.sin_addr, sizeof address.sin_addr);
  if (bind(descriptor_, generic(address), sizeof address) != 0) {
    const int error = errno;
    close(descriptor_);
    errno = error;
    throw_error("cannot use " + to_string(local));
  }
}

BatchSocket::BatchSocket(BatchSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      waiting_(other.waiting_),
      buffers_(std::move(other.buffers_)) {}

BatchSocket::~BatchSocket() {
  if (descriptor_ >= 0) close(descriptor_);
}

Endpoint BatchSocket::local() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw_error("cannot ask for a socket's address");
  return endpoint_of(address);
}

void BatchSocket::connect(const Endpoint& other) {
  const auto address = address_of(other);
  if (::connect(descriptor_, generic(address), sizeof address) != 0)
    throw_error("cannot reach " + to_string(other));
}

void BatchSocket::block() {
  fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) & ~O_NONBLOCK);
}

void BatchSocket::put(Bytes datagram) {
  put(nullptr, 0, datagram);
}

void BatchSocket::put(const Endpoint& to, Bytes datagram) {
  const auto address = address_of(to);
  put(generic(address), sizeof address, datagram);
}

void BatchSocket::put(const sockaddr* to, std::size_t to_size, Bytes datagram) {
  if (waiting_ == batch) flush();
  auto& slot = buffers_->out[waiting_];
  const std::size_t size = std::min(datagram.size(), longest);
  std::copy_n(datagram.data(), size, slot.bytes.data());
  slot.part = {slot.bytes.data(), size};
  auto& head = buffers_->out_heads[waiting_].msg_hdr;
  head = {};
  head.msg_iov = &slot.part;
  head.msg_iovlen = 1;
  if (to != nullptr) {
    slot.address = *reinterpret_cast<const sockaddr_in*>(to);
    head.msg_name = &slot.address;
    head.msg_namelen = static_cast<socklen_t>(to_size);
  }
  ++waiting_;
}

void BatchSocket::flush() {
  std::size_t sent = 0;
  while (sent < waiting_) {
    const int n = sendmmsg(descriptor_, &buffers_->out_heads[sent],
                           static_cast<unsigned>(waiting_ - sent), MSG_NOSIGNAL);
    sent += n > 0 ? static_cast<std::size_t>(n) : 1;  // the one that it did not take is lost
  }
  waiting_ = 0;
}

std::size_t BatchSocket::receive(const std::function<void(const Endpoint&, Bytes)>& each) {
  for (std::size_t i = 0; i < batch; ++i) {
    auto& slot = buffers_->in[i];
    slot.part = {slot.bytes.data(), slot.bytes.size()};
    auto& head = buffers_->in_heads[i].msg_hdr;
    head = {};
    head.msg_name = &slot.address;
    head.msg_namelen = sizeof slot.address;
    head.msg_iov = &slot.part;
    head.msg_iovlen = 1;
  }
  const int n = recvmmsg(descriptor_, buffers_->in_heads.data(), batch, MSG_WAITFORONE, nullptr);
  if (n <= 0) return 0;  // nothing there, or a report of the network (ICMP), which is no datagram
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
    each(endpoint_of(buffers_->in[i].address),
         Bytes(buffers_->in[i].bytes).first(buffers_->in_heads[i].msg_len));
  return static_cast<std::size_t>(n);
}

}  // namespace swarm::bench
