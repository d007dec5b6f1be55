#include "transport/udp/net/datagram_socket.hpp"

#include <fmt/format.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>

#include "transport/udp/net/incoming_batch.hpp"
#include "transport/udp/net/outgoing_batch.hpp"
#include "transport/udp/net/socket_address.hpp"
#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp {
namespace {

using ErrorCode = boost::system::error_code;

// After this many failed reads in a row, the cause cannot be a passing network error.
constexpr unsigned errors_of_a_broken_socket = 8;
constexpr auto pause_of_a_broken_socket = std::chrono::milliseconds(10);

in_addr address_of(const Ip& ip) {
  return {.s_addr = htonl(ip.v4())};
}

int new_socket(const Ip& ip) {
  const int fd =
      ::socket(ip.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw SocketError(fmt::format("cannot open a UDP socket: {}", strerror(errno)));
  return fd;
}

std::string bind_error(const Endpoint& local, int error) {
  switch (error) {
    case EADDRINUSE:
      return "the port is in use by another process";
    case EADDRNOTAVAIL:
      return fmt::format("{} is no address of this host", to_string(local.ip));
    case EACCES:
      return "no permission; choose a port from 1024 on, or grant CAP_NET_BIND_SERVICE";
    default:
      return strerror(error);
  }
}

std::string join_error(const Ip& group, const Ip& interface_ip, int error) {
  switch (error) {
    case EADDRNOTAVAIL:
    case ENODEV:
      return fmt::format("no interface of this host has the address {}", to_string(interface_ip));
    case EINVAL:
      return fmt::format("{} is no multicast address", to_string(group));
    case ENOBUFS:
      return "too many groups; raise the sysctl net.ipv4.igmp_max_memberships";
    default:
      return strerror(error);
  }
}

}  // namespace

SocketCounters& SocketCounters::operator+=(const SocketCounters& other) {
  received += other.received;
  received_bytes += other.received_bytes;
  sent += other.sent;
  sent_bytes += other.sent_bytes;
  receive_overflows += other.receive_overflows;
  send_dropped += other.send_dropped;
  truncated += other.truncated;
  receive_errors += other.receive_errors;
  return *this;
}

struct DatagramSocket::Impl {
  asio::posix::stream_descriptor descriptor;
  asio::steady_timer pause;
  Endpoint local;
  bool group = false;
  std::uint32_t interface_ip{};  // address of the interface for groups; 0: no interface to follow
  unsigned interface_index{};    // its index when the group was joined; 0: the interface is gone
  bool interface_running = false;
  SocketCounters counters;
  unsigned errors_in_a_row = 0;
  Offload offload;
  std::optional<IncomingBatch> incoming;
  std::optional<OutgoingBatch> outgoing;

  Impl(asio::io_context& io, const Ip& ip) : descriptor(io, new_socket(ip)), pause(io) {
    incoming.emplace(false);
    outgoing.emplace(false);
  }

  int fd() { return descriptor.native_handle(); }

  template <class Value>
  bool set(int level, int option, const Value& value) {
    return ::setsockopt(fd(), level, option, &value, sizeof value) == 0;
  }
  template <class Value>
  void require(int level, int option, const Value& value, const char* purpose) {
    if (!set(level, option, value))
      throw SocketError(
          fmt::format("cannot {} at {}: {}", purpose, to_string(local), strerror(errno)));
  }
  void bind_to(const Endpoint& wanted);
  void bind_to6(const Endpoint& wanted);
  bool send_to_groups_through(std::uint32_t ip);
  bool join(std::uint32_t ip);
  void leave();
  void note_interface(std::uint32_t ip);
  std::size_t set_buffer(int force, int option, int bytes);
  std::uint64_t overflows();
  bool read_batch();
  void send_batch();
  void send_one_by_one(std::span<const Outgoing> datagrams, int error);
};

void DatagramSocket::Impl::bind_to(const Endpoint& wanted) {
  SocketAddress address(wanted);
  if (::bind(fd(), address.data(), address.size()) != 0)
    throw SocketError(
        fmt::format("cannot listen on {}/udp: {}", to_string(wanted), bind_error(wanted, errno)));
  socklen_t size = SocketAddress::capacity;
  ::getsockname(fd(), address.data(), &size);
  local = address.endpoint();
}

void DatagramSocket::Impl::bind_to6(const Endpoint& wanted) {
  if (is_link_local(wanted.ip))
    throw SocketError(fmt::format(
        "cannot listen on {}/udp: a link-local address is no address for peers, name a global or "
        "a unique-local one (fd00::/8)",
        to_string(wanted)));
  require(IPPROTO_IPV6, IPV6_V6ONLY, 1, "leave IPv4 to others");
  bind_to(wanted);
}

DatagramSocket DatagramSocket::unicast(asio::io_context& io, const Endpoint& local,
                                       const MulticastSettings& multicast) {
  auto impl = std::make_shared<Impl>(io, local.ip);
  if (!local.ip.is_v4()) {
    impl->bind_to6(local);
    return DatagramSocket(std::move(impl));
  }
  impl->bind_to(local);
  if (multicast.interface_ip != 0 && !impl->send_to_groups_through(multicast.interface_ip))
    throw SocketError(fmt::format("cannot send to groups through {}: {}",
                                  to_string(multicast.interface_ip),
                                  join_error(0, multicast.interface_ip, errno)));
  impl->require(IPPROTO_IP, IP_MULTICAST_TTL, multicast.ttl, "set the multicast TTL");
  impl->require(IPPROTO_IP, IP_MULTICAST_LOOP, 1, "send to groups on the own host");
  impl->note_interface(multicast.interface_ip);
  return DatagramSocket(std::move(impl));
}

// Without IP_MULTICAST_ALL = 0 the socket would also receive from groups that other processes of
// this host joined on other interfaces.
DatagramSocket DatagramSocket::group(asio::io_context& io, const Endpoint& group,
                                     const MulticastSettings& multicast) {
  auto impl = std::make_shared<Impl>(io, group.ip);
  impl->group = true;
  impl->require(SOL_SOCKET, SO_REUSEADDR, 1, "share a group's port");
  impl->require(IPPROTO_IP, IP_MULTICAST_ALL, 0, "hear one group only");
  impl->bind_to(group);
  if (!impl->join(multicast.interface_ip))
    throw SocketError(fmt::format("cannot join the group {} on {}: {}", to_string(group.ip),
                                  to_string(multicast.interface_ip),
                                  join_error(group.ip, multicast.interface_ip, errno)));
  impl->note_interface(multicast.interface_ip);
  return DatagramSocket(std::move(impl));
}

bool DatagramSocket::Impl::send_to_groups_through(std::uint32_t ip) {
  const ip_mreqn through{.imr_multiaddr = {}, .imr_address = address_of(ip), .imr_ifindex = 0};
  return set(IPPROTO_IP, IP_MULTICAST_IF, through);
}

bool DatagramSocket::Impl::join(std::uint32_t ip) {
  const ip_mreqn membership{
      .imr_multiaddr = address_of(local.ip), .imr_address = address_of(ip), .imr_ifindex = 0};
  return set(IPPROTO_IP, IP_ADD_MEMBERSHIP, membership);
}

// Names the interface by its index, not by its address, because the kernel keeps the membership
// even after the interface is gone.
void DatagramSocket::Impl::leave() {
  const ip_mreqn membership{.imr_multiaddr = address_of(local.ip),
                            .imr_address = {},
                            .imr_ifindex = static_cast<int>(interface_index)};
  set(IPPROTO_IP, IP_DROP_MEMBERSHIP, membership);
}

void DatagramSocket::Impl::note_interface(std::uint32_t ip) {
  interface_ip = ip;
  const auto there = ip == 0 ? std::nullopt : interface_with(ip);
  interface_index = there ? there->index : 0;
  interface_running = there && there->running;
}

DatagramSocket::Follow DatagramSocket::follow_interface() {
  auto& s = *impl_;
  if (!is_open() || s.interface_ip == 0) return Follow::nothing;
  const auto there = interface_with(s.interface_ip);
  if (!there) {
    s.interface_running = false;
    return Follow::gone;
  }
  const bool same = there->index == s.interface_index;
  const bool came_up = there->running && !s.interface_running;
  s.interface_running = there->running;
  if (same && !came_up) return Follow::nothing;
  if (s.group && s.interface_index != 0) s.leave();
  const bool done = s.group ? s.join(s.interface_ip) : s.send_to_groups_through(s.interface_ip);
  s.interface_index = done ? there->index : 0;
  return done ? Follow::again : Follow::gone;
}

bool DatagramSocket::is_open() const {
  return impl_->descriptor.is_open();
}

DatagramSocket::DatagramSocket(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
DatagramSocket::DatagramSocket(DatagramSocket&&) noexcept = default;
DatagramSocket& DatagramSocket::operator=(DatagramSocket&&) noexcept = default;
DatagramSocket::~DatagramSocket() = default;

void DatagramSocket::close() {
  if (!impl_->descriptor.is_open()) return;
  impl_->counters.receive_overflows = impl_->overflows();
  ErrorCode ignored;
  impl_->pause.cancel(ignored);
  impl_->descriptor.close(ignored);
}

Endpoint DatagramSocket::local() const {
  return impl_->local;
}

bool DatagramSocket::is_group() const {
  return impl_->group;
}

// The kernel doubles the requested size for its own bookkeeping and reports the doubled size, so
// this halves it.
std::size_t DatagramSocket::Impl::set_buffer(int force, int option, int bytes) {
  if (!set(SOL_SOCKET, force, bytes)) set(SOL_SOCKET, option, bytes);
  int given = 0;
  socklen_t size = sizeof given;
  ::getsockopt(fd(), SOL_SOCKET, option, &given, &size);
  return static_cast<std::size_t>(given) / 2;
}

std::size_t DatagramSocket::set_buffers(std::size_t bytes) {
  constexpr std::size_t most = std::numeric_limits<int>::max() / 2;
  const int wanted = static_cast<int>(std::min(bytes, most));
  return std::min(impl_->set_buffer(SO_RCVBUFFORCE, SO_RCVBUF, wanted),
                  impl_->set_buffer(SO_SNDBUFFORCE, SO_SNDBUF, wanted));
}

// --- Offload

Offload DatagramSocket::use_offload() {
  int segment = 0;
  socklen_t size = sizeof segment;
  Offload& offload = impl_->offload;
  offload.sending = ::getsockopt(impl_->fd(), IPPROTO_UDP, UDP_SEGMENT, &segment, &size) == 0;
  offload.receiving = impl_->set(IPPROTO_UDP, UDP_GRO, 1);
  impl_->incoming.emplace(offload.receiving);
  impl_->outgoing.emplace(offload.sending);
  return offload;
}

Offload DatagramSocket::offload() const {
  return impl_->offload;
}

// --- Receiving

void DatagramSocket::wait(std::function<void()> ready) {
  auto call = [impl = std::weak_ptr(impl_), ready = std::move(ready)](const ErrorCode& error) {
    if (error) return;
    const auto socket = impl.lock();
    if (socket && socket->descriptor.is_open()) ready();
  };
  if (impl_->errors_in_a_row < errors_of_a_broken_socket)
    return impl_->descriptor.async_wait(asio::posix::descriptor_base::wait_read, std::move(call));
  impl_->pause.expires_after(pause_of_a_broken_socket);
  impl_->pause.async_wait(std::move(call));
}

bool DatagramSocket::Impl::read_batch() {
  const int count = incoming->read(fd());
  if (count < 0 && errno != EAGAIN) {
    ++counters.receive_errors;
    ++errors_in_a_row;
    return false;
  }
  errors_in_a_row = 0;
  return count > 0;
}

std::span<const DatagramSocket::Received> DatagramSocket::receive() {
  if (!impl_->read_batch()) return {};
  return impl_->incoming->split(impl_->counters);
}

bool DatagramSocket::may_have_more() const {
  return impl_->incoming->was_whole();
}

// --- Sending

// sendmmsg reports an error of the first message only. That message is dropped or sent one by one,
// and the messages after it are sent with the next call.
void DatagramSocket::Impl::send_batch() {
  const auto messages = outgoing->messages();
  for (std::size_t i = 0; i < messages.size();) {
    const auto left = static_cast<unsigned>(messages.size() - i);
    const int sent = ::sendmmsg(fd(), &messages[i], left, MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) {
      send_one_by_one(outgoing->datagrams(i), errno);
      ++i;
      continue;
    }
    for (const std::size_t end = i + static_cast<std::size_t>(sent); i < end; ++i) {
      counters.sent += outgoing->datagrams(i).size();
      counters.sent_bytes += messages[i].msg_len;
    }
  }
}

// Sends one by one the datagrams that the kernel refused as one message. If this works, the kernel
// refuses the offload itself (a network card without checksums, a small MTU on the path), so
// offload is switched off.
void DatagramSocket::Impl::send_one_by_one(std::span<const Outgoing> datagrams, int error) {
  const bool full = error == EAGAIN || error == ENOBUFS || error == ENOMEM;
  if (full || datagrams.size() == 1) {
    counters.send_dropped += datagrams.size();
    return;
  }
  for (const auto& datagram : datagrams) {
    const SocketAddress address(datagram.to);
    if (::sendto(fd(), datagram.bytes.data(), datagram.bytes.size(), MSG_DONTWAIT, address.data(),
                 address.size()) < 0) {
      ++counters.send_dropped;
      continue;
    }
    offload.sending = false;
    ++counters.sent;
    counters.sent_bytes += datagram.bytes.size();
  }
}

void DatagramSocket::send(std::span<const Outgoing> datagrams) {
  while (!datagrams.empty()) {
    const std::size_t taken = impl_->outgoing->fill(datagrams, impl_->offload.sending);
    impl_->send_batch();
    datagrams = datagrams.subspan(taken);
  }
}

// The number of overflows since the socket was opened. The kernel's counter has only 32 bits.
std::uint64_t DatagramSocket::Impl::overflows() {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  if (::getsockopt(fd(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) return 0;
  return memory[SK_MEMINFO_DROPS];
}

SocketCounters DatagramSocket::counters() const {
  SocketCounters counters = impl_->counters;
  if (impl_->descriptor.is_open()) counters.receive_overflows = impl_->overflows();
  return counters;
}

}  // namespace swarm::udp
