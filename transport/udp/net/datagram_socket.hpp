// One UDP socket over IPv4 or IPv6, drained and filled in batches (recvmmsg, sendmmsg); Asio only
// waits. For large data it can be told to hand many datagrams over as one message of the kernel,
// which then goes through the network stack once instead of once per datagram (UDP_SEGMENT,
// UDP_GRO). On the wire nothing differs, and the other side need not know.
//
// Unicast sockets are bound to one address, never to the wildcard, so that a reply leaves from the
// address that was asked; and never with SO_REUSEADDR, so that two processes cannot share a port.
// A group's socket is bound to the group's address, shared with other processes of the host.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "engine/base/types.hpp"
#include "transport/udp/net/asio.hpp"

namespace swarm::udp {

// The address is not this host's, the port is taken, no permission...: one clear sentence.
struct SocketError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct MulticastSettings {
  std::uint32_t interface_ip{};  // of the interface: host order
  int ttl = 1;
};

// Which directions the kernel takes many datagrams as one message in.
struct Offload {
  bool sending{}, receiving{};
};

struct SocketCounters {  // of datagrams, since it was opened
  std::uint64_t received{}, received_bytes{};
  std::uint64_t sent{}, sent_bytes{};
  std::uint64_t receive_overflows{};  // the kernel's buffer was full (SO_MEMINFO)
  std::uint64_t send_dropped{};       // the kernel took it not: buffer full, filtered, no route
  std::uint64_t truncated{};          // larger than any datagram of ours: dropped
  std::uint64_t receive_errors{};     // reading failed; never evidence of a death

  SocketCounters& operator+=(const SocketCounters& other);
};

class DatagramSocket {
 public:
  static constexpr std::size_t batch = 64;      // messages per call to the kernel
  static constexpr std::size_t largest = 2048;  // bytes of a datagram that is taken

  // Port 0: any free one. `multicast`: through which interface datagrams to a group leave (IPv4;
  // over IPv6 there are no groups). A socket of one family neither hears nor sends the other's
  // datagrams. A link-local IPv6 address is refused: no URL of a tracker can name one.
  static DatagramSocket unicast(asio::io_context& io, const Endpoint& local,
                                const MulticastSettings& multicast);
  // Joins `group`.ip on the interface, and hears only that group.
  static DatagramSocket group(asio::io_context& io, const Endpoint& group,
                              const MulticastSettings& multicast);
  // Throws SocketError, like both above.
  DatagramSocket(DatagramSocket&&) noexcept;
  DatagramSocket& operator=(DatagramSocket&&) noexcept;
  ~DatagramSocket();

  // Nothing is heard or sent from here on; counters and local() stay.
  void close();
  bool is_open() const;

  // The interface that was given at the start may have been deleted and made anew, or its cable was
  // pulled and is in again: a group is joined again, and datagrams to groups leave there again.
  // Cheap when nothing is to be done.
  enum class Follow : std::uint8_t {
    nothing,  // was to be done
    again,    // joined again
    gone,     // there is no such interface now, or it cannot be joined
  };
  Follow follow_interface();

  Endpoint local() const;
  bool is_group() const;

  // Asks for buffers of this size; the size that the kernel gave (both directions, the smaller).
  std::size_t set_buffers(std::size_t bytes);

  // Asks for offload in both directions; what the kernel took. It costs 1 MiB of buffers.
  Offload use_offload();
  // Sending ends by itself, without a loss, when the kernel refuses such a message later on: it
  // depends on the network card and the path.
  Offload offload() const;

  // Calls `ready` once when there is something to read (or never, when the socket is closed first).
  // While reading fails again and again it calls after a pause instead, so that nothing spins.
  void wait(std::function<void()> ready);

  struct Received {
    Endpoint from;
    Bytes bytes;  // valid until the next receive
  };
  // At most one batch (with offload: of messages, each up to 64 KiB of datagrams), without waiting.
  // An error of the network (ICMP and the like) is no datagram: skipped, never evidence of a death.
  std::span<const Received> receive();
  bool may_have_more() const;  // the last receive() was a whole batch

  struct Outgoing {
    Endpoint to;
    Bytes bytes;
  };
  // All of them, in order, without waiting; what the kernel does not take is dropped and counted.
  // With offload consecutive ones of one size (the last may be smaller) to one destination go
  // together, best when they lie one behind the other in memory, as in an Outbox.
  void send(std::span<const Outgoing> datagrams);

  SocketCounters counters() const;

 private:
  struct Impl;
  explicit DatagramSocket(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;  // `ready` calls that come after its end find it gone
};

}  // namespace swarm::udp
