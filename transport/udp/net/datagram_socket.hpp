// A UDP socket over IPv4 or IPv6. It reads and writes in batches (recvmmsg, sendmmsg); Asio only
// waits. For bulk data it can pass many datagrams to the kernel as one message, which then goes
// through the network stack once instead of once per datagram (UDP_SEGMENT, UDP_GRO). The datagrams
// on the wire are the same, so the other side need not know.
//
// A unicast socket is bound to one address, never to the wildcard, so that a reply leaves from the
// address that was asked. It never uses SO_REUSEADDR, so two processes cannot share a port. A
// group's socket is bound to the group's address, which other processes on the host may share.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "engine/base/types.hpp"
#include "transport/udp/net/asio.hpp"

namespace swarm::udp {

// One clear sentence: for example, the address is not this host's, the port is taken, or the user
// lacks permission.
struct SocketError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct MulticastSettings {
  std::uint32_t interface_ip{};  // IPv4 address of the interface, in host order
  int ttl = 1;
};

// The directions in which the kernel takes many datagrams as one message.
struct Offload {
  bool sending{}, receiving{};
};

struct SocketCounters {  // counts of datagrams since the socket was opened
  std::uint64_t received{}, received_bytes{};
  std::uint64_t sent{}, sent_bytes{};
  std::uint64_t receive_overflows{};  // the kernel's buffer was full (SO_MEMINFO)
  std::uint64_t send_dropped{};       // refused by the kernel: buffer full, filtered, no route
  std::uint64_t truncated{};          // dropped because larger than `largest`
  std::uint64_t receive_errors{};     // reading failed; never evidence of a death

  SocketCounters& operator+=(const SocketCounters& other);
};

class DatagramSocket {
 public:
  static constexpr std::size_t batch = 64;      // messages per kernel call
  static constexpr std::size_t largest = 2048;  // bytes of the largest datagram that is accepted

  // Port 0 means any free port. `multicast` chooses the interface from which datagrams to a group
  // leave. That is for IPv4 only; groups are not used over IPv6. A socket of one family neither
  // receives nor sends the other's datagrams. A link-local IPv6 address is rejected, because no
  // tracker URL can name one. Throws SocketError, as group() does.
  static DatagramSocket unicast(asio::io_context& io, const Endpoint& local,
                                const MulticastSettings& multicast);
  // Joins `group`.ip on the interface, and receives from that group only.
  static DatagramSocket group(asio::io_context& io, const Endpoint& group,
                              const MulticastSettings& multicast);
  DatagramSocket(DatagramSocket&&) noexcept;
  DatagramSocket& operator=(DatagramSocket&&) noexcept;
  ~DatagramSocket();

  // Stops sending and receiving; counters and local() remain.
  void close();
  bool is_open() const;

  // Follows an interface that was deleted and made anew, or whose cable was unplugged and is in
  // again. Joins the group again, and lets datagrams to groups leave through the interface again.
  // Cheap if there is nothing to do.
  enum class Follow : std::uint8_t {
    nothing,  // there was nothing to do
    again,    // the group was joined again
    gone,     // the interface is missing, or the group cannot be joined
  };
  Follow follow_interface();

  Endpoint local() const;
  bool is_group() const;

  // Asks the kernel for buffers of this size. Returns the size it granted: the smaller of both
  // directions.
  std::size_t set_buffers(std::size_t bytes);

  // Asks for offload in both directions, and returns what the kernel accepted. This costs 1 MiB of
  // buffers.
  Offload use_offload();
  // The directions in use now. If the kernel later refuses such a message, because of the network
  // card or the path, sending falls back to single datagrams and loses nothing.
  Offload offload() const;

  // Calls `ready` once when there is something to read, or never if the socket is closed first. If
  // reading fails repeatedly, it calls `ready` after a pause instead, so that the caller does not
  // spin.
  void wait(std::function<void()> ready);

  struct Received {
    Endpoint from;
    Bytes bytes;  // valid until the next receive()
  };
  // Reads at most one batch, without waiting. With offload a batch consists of messages of up to 64
  // KiB of datagrams each. A network error (ICMP and the like) is skipped; it is never evidence of
  // a death.
  std::span<const Received> receive();
  bool may_have_more() const;  // the last receive() filled a whole batch

  struct Outgoing {
    Endpoint to;
    Bytes bytes;
  };
  // Sends all datagrams in order, without waiting. Datagrams that the kernel refuses are dropped
  // and counted. With offload, consecutive datagrams of one size to one destination form one
  // message; the last of them may be smaller. This is fastest if they lie back to back in memory,
  // as in an Outbox.
  void send(std::span<const Outgoing> datagrams);

  SocketCounters counters() const;

 private:
  struct Impl;
  explicit DatagramSocket(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;  // a `ready` call after the socket's end finds it gone
};

}  // namespace swarm::udp
