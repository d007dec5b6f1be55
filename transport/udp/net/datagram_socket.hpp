// A UDP socket over IPv4 or IPv6. It reads and writes in batches (recvmmsg, sendmmsg). Asio is used
// only to wait until there is something to read. For bulk data, the socket and the kernel can
// exchange many datagrams as one message (offload: UDP_SEGMENT, UDP_GRO). Such a message goes
// through the network stack once, instead of once per datagram. The datagrams on the wire are the
// same with and without offload, so the remote host notices nothing.
//
// A unicast socket is bound to one address, never to the wildcard. So a reply leaves from the
// address to which the request was sent. A unicast socket never uses SO_REUSEADDR, so two processes
// cannot share a port. A group's socket is bound to the group's address; several processes on a
// host may bind to it.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "engine/base/types.hpp"
#include "transport/udp/net/asio.hpp"

namespace swarm::udp {

// `what()` is one sentence. It says, for example, that this host does not have the address, that
// the port is taken, or that the user lacks permission.
struct SocketError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct MulticastSettings {
  std::uint32_t interface_ip{};  // IPv4 address of the interface, in host order
  int ttl = 1;
};

// The directions in which the socket and the kernel exchange many datagrams as one message.
struct Offload {
  bool sending{}, receiving{};
};

struct SocketCounters {  // numbers of datagrams since the socket was opened
  std::uint64_t received{}, received_bytes{};
  std::uint64_t sent{}, sent_bytes{};
  std::uint64_t receive_overflows{};  // lost because the kernel's buffer was full (SO_MEMINFO)
  std::uint64_t send_dropped{};       // refused by the kernel: buffer full, filtered, no route
  std::uint64_t truncated{};          // received but dropped, because larger than `largest`
  // Number of failed reads. An error is never taken as evidence that a remote host is dead.
  std::uint64_t receive_errors{};

  SocketCounters& operator+=(const SocketCounters& other);
};

class DatagramSocket {
 public:
  static constexpr std::size_t batch = 64;      // messages per kernel call
  static constexpr std::size_t largest = 2048;  // bytes of the largest datagram that is accepted

  // Port 0 means any free port. `multicast` chooses the interface from which datagrams to a group
  // leave; it matters for IPv4 only, because groups are not used over IPv6. An IPv4 socket neither
  // receives nor sends IPv6 datagrams, and vice versa. Throws SocketError, for example if `local`
  // is a link-local IPv6 address, which no tracker URL can name.
  static DatagramSocket unicast(asio::io_context& io, const Endpoint& local,
                                const MulticastSettings& multicast);
  // Joins `group`.ip on the interface, and receives datagrams to that group only. Throws
  // SocketError.
  static DatagramSocket group(asio::io_context& io, const Endpoint& group,
                              const MulticastSettings& multicast);
  DatagramSocket(DatagramSocket&&) noexcept;
  DatagramSocket& operator=(DatagramSocket&&) noexcept;
  ~DatagramSocket();

  // Stops sending and receiving. counters() and local() stay valid.
  void close();
  bool is_open() const;

  // Must be called after an interface was deleted and made anew, or after its cable was unplugged
  // and plugged in again. Joins the group again, and makes datagrams to groups leave through the
  // interface again. The call is cheap if there is nothing to do.
  enum class Follow : std::uint8_t {
    nothing,  // there was nothing to do
    again,    // the group was joined again, or the interface was chosen again for sending
    gone,     // the interface is missing, or the kernel refused
  };
  Follow follow_interface();

  Endpoint local() const;
  bool is_group() const;

  // Asks the kernel for a send buffer and a receive buffer of this size. Returns the size that the
  // kernel granted; if it granted two sizes, the smaller one.
  std::size_t set_buffers(std::size_t bytes);

  // Asks for offload in both directions, and returns what the kernel accepted. Offload needs 1 MiB
  // of buffers.
  Offload use_offload();
  // The directions that use offload now. The kernel may later refuse a message of several
  // datagrams, because of the network card or the path. The socket then sends these datagrams one
  // by one, and sends without offload from then on. No datagram is lost.
  Offload offload() const;

  // Calls `ready` once, when there is something to read. Never calls it if the socket is closed
  // before that. If reading keeps failing, calls `ready` only after a pause, so that the caller
  // does not spin.
  void wait(std::function<void()> ready);

  struct Received {
    Endpoint from;
    Bytes bytes;  // valid until the next receive()
  };
  // Reads at most one batch, without waiting. With offload, each message of a batch holds up to 64
  // KiB of datagrams. Network errors (ICMP and the like) are skipped; they are never taken as
  // evidence that a remote host is dead.
  std::span<const Received> receive();
  bool may_have_more() const;  // true if the last receive() filled a whole batch

  struct Outgoing {
    Endpoint to;
    Bytes bytes;
  };
  // Sends all datagrams in order, without waiting. Datagrams that the kernel refuses are dropped
  // and counted. With offload, consecutive datagrams of one size to one destination form one
  // message; the last datagram of a message may be smaller. Sending is fastest if the datagrams lie
  // back to back in memory, as in an Outbox.
  void send(std::span<const Outgoing> datagrams);

  SocketCounters counters() const;

 private:
  struct Impl;
  explicit DatagramSocket(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;  // shared, so that a pending `ready` sees that the socket has ended
};

}  // namespace swarm::udp
