// The host of one node over real sockets; in the simulator, World is the host. NodeHost passes
// datagrams from sockets to the node, runs the node's steps, and carries out its outbox. Everything
// happens on the thread that runs the io_context.
//
// The host reads the datagrams that wait in the unicast sockets of Channel::cluster, at most 16
// batches of each socket, at two moments: before it reads a batch from a socket of another channel,
// and before each batch of answers leaves. This is for a master in a virtual machine that is
// suspended or moved, so that its clock stands still. Such a master learns of its successor before
// it answers under an expired lease.
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "engine/node/node.hpp"
#include "transport/udp/net/asio.hpp"
#include "transport/udp/net/datagram_socket.hpp"
#include "transport/udp/system/onward_clock.hpp"

namespace swarm::udp {

// The host calls these functions to carry out a node's requests. All calls happen at the end of a
// step, in this order: events, writes, datagrams and answers, exit. A callback may call stop(). It
// must not make another step of the same host, but it may post one to the io_context.
class HostCallbacks {
 public:
  virtual ~HostCallbacks() = default;
  virtual void event(Time now, const Event& event) = 0;
  virtual void persist(Outbox::LogWrite) {}
  virtual void persist(Outbox::BallotWrite) {}
  virtual void persist(StoreRequest) {}
  // Gets the node's answer on Channel::http: the body for the client at `to`. No bytes: the client
  // gets no answer, because the node refuses the request, or because may_answer_peers() returned
  // false. The bytes are valid only during the call.
  virtual void answer_http(const Endpoint& /*to*/, Bytes) {}
  // Called just before answers to peers leave, over UDP or HTTP. If it returns false, the host
  // drops the answers. R16: the lease is checked with a fresh reading of the clock. The host does
  // not call it for refusals, which promise nothing.
  virtual bool may_answer_peers(Time) { return true; }
  // Called once, when the node wants to end. The host makes no further step.
  virtual void exit(std::string_view reason) = 0;
};

// The cause of a step.
enum class StepKind : std::uint8_t {
  datagrams,  // a batch of datagrams
  timer,      // a timer, or datagrams that the host reads before it runs the timer
  disk,       // a report of the disk
  other,      // the start, an order, an HTTP request
  count
};

struct HostCounters {
  std::uint64_t steps{}, wakes{};
  // The longest step of each kind, in CPU time of the thread. Thus time in which other processes
  // ran does not count.
  std::array<Duration, static_cast<std::size_t>(StepKind::count)> longest_step{};
  std::uint64_t answers_too_late{};  // answers dropped because may_answer_peers() returned false
  Duration longest_lateness{};  // longest delay of a wake after its due time: this machine stalled
};

class NodeHost {
 public:
  // `node` and `callbacks` must outlive the host. The clock is read on the io_context's thread.
  NodeHost(asio::io_context& io, Node& node, HostCallbacks& callbacks,
           OnwardClock::Source clock = boot_clock_now);
  ~NodeHost();

  // May be called before or after start(). A channel sends through its first unicast socket of the
  // destination's family (IPv4 or IPv6). Without such a socket the datagrams are dropped and
  // counted as send_dropped. A group's socket only listens.
  void listen(Channel channel, DatagramSocket socket);
  // Closes the socket with this address; sockets() still includes its counters. Must not be called
  // within a step.
  void stop_listening(Channel channel, const Endpoint& local);
  // Calls DatagramSocket::follow_interface() for each socket. Returns how many calls returned
  // Follow::again, and how many returned Follow::gone.
  struct Followed {
    unsigned again{}, gone{};
  };
  Followed follow_interfaces();

  // Closes the first unicast socket of a channel, so that it neither sends nor receives until
  // replace().
  void silence(Channel channel);
  // Replaces the first unicast socket of a channel; the old socket's counters are lost.
  void replace(Channel channel, DatagramSocket socket);

  void start();
  // Makes a step that no datagram or timer caused: an operator's order. `body` gets the clock's
  // time. Does nothing after the host has stopped.
  void step(const std::function<void(Time now, Outbox& out)>& body);
  // Passes a request on Channel::http to the node. Such a request does not come through the
  // host's sockets.
  void receive(const Arrival& arrival, Bytes bytes);
  void persisted(Ticket ticket);
  void stored(const StoreReport& report);
  // Makes no further step, and closes the sockets. Datagrams of earlier steps have left. Counters
  // stay valid.
  void stop();

  Time now() const;                       // the node's time
  Endpoint local(Channel channel) const;  // the address of the channel's first unicast socket
  const HostCounters& counters() const;
  SocketCounters sockets(Channel channel) const;  // summed over the channel's sockets

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared, so that a pending handler sees that the host has stopped
};

}  // namespace swarm::udp
