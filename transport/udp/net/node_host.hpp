// The real host of one node, as World is its simulated host: passes datagrams from sockets to the
// node, runs the node's steps, and carries out its outbox. Everything happens on the thread that
// runs the io_context.
//
// Before each batch of other datagrams, the host reads what waits in the unicast sockets of
// Channel::cluster. It does so again before each batch of answers leaves. Suppose a master stood
// still together with its clock, in a virtual machine that was suspended or moved: it learns of its
// successor before it answers under an expired lease.
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "engine/node/node.hpp"
#include "transport/udp/net/asio.hpp"
#include "transport/udp/net/datagram_socket.hpp"
#include "transport/udp/system/onward_clock.hpp"

namespace swarm::udp {

// The host calls these to carry out what a node requests. All calls happen while a step is flushed,
// in this order: events, writes, datagrams and answers, exit. A callback may call stop(), but must
// not make another step of the same host; it can post one.
class HostCallbacks {
 public:
  virtual ~HostCallbacks() = default;
  virtual void event(Time now, const Event& event) = 0;
  virtual void persist(Outbox::LogWrite) {}
  virtual void persist(Outbox::BallotWrite) {}
  virtual void persist(StoreRequest) {}
  // The node's answer on Channel::http: the body for the client at `to`. The bytes are valid during
  // the call.
  virtual void answer_http(const Endpoint& /*to*/, Bytes) {}
  // Asked just before answers to peers leave, over UDP or HTTP. False drops the answers (R16: the
  // lease is checked by a fresh clock).
  virtual bool may_answer_peers(Time) { return true; }
  // Called once, when the node wants to end. No further step is made.
  virtual void exit(std::string_view reason) = 0;
};

enum class StepKind : std::uint8_t {
  datagrams,  // a batch of datagrams
  timer,      // a timer, after what arrived before it was due
  disk,       // a report of the disk
  other,      // the start, an order, an HTTP request
  count
};

struct HostCounters {
  std::uint64_t steps{}, wakes{};
  // CPU time of the thread, so that other processes on the machine do not count.
  std::array<Duration, static_cast<std::size_t>(StepKind::count)> longest_step{};
  std::uint64_t answers_too_late{};  // answers dropped, see may_answer_peers()
  Duration longest_lateness{};       // of a wake after its time: a stall of this machine
};

class NodeHost {
 public:
  // `node` and `callbacks` must outlive the host. The clock is read on this thread.
  NodeHost(asio::io_context& io, Node& node, HostCallbacks& callbacks,
           OnwardClock::Source clock = boot_clock_now);
  ~NodeHost();

  // May be called before or after start(). A channel sends through its first unicast socket of the
  // destination's family (IPv4 or IPv6). Without such a socket the datagrams are dropped and
  // counted as send_dropped. A group's socket only listens.
  void listen(Channel channel, DatagramSocket socket);
  // Closes the socket with this address; its counters stay in the sum. Not allowed within a step.
  void stop_listening(Channel channel, const Endpoint& local);
  // Calls DatagramSocket::follow_interface() for each socket. Returns how many joined their group
  // again, and how many have no interface now.
  struct Followed {
    unsigned again{}, gone{};
  };
  Followed follow_interfaces();

  // Silences the first unicast socket of a channel until it is replaced.
  void silence(Channel channel);
  // Replaces the first unicast socket of a channel; the old socket's counters are lost.
  void replace(Channel channel, DatagramSocket socket);

  void start();
  // Makes a step for an operator's order, which no datagram or timer caused. `now` is the clock's
  // time. Does nothing after the host has stopped.
  void step(const std::function<void(Time now, Outbox& out)>& body);
  // Passes to the node what did not come through its sockets: a request on Channel::http.
  void receive(const Arrival& arrival, Bytes bytes);
  void persisted(Ticket ticket);
  void stored(const StoreReport& report);
  // Ends the steps; datagrams that were flushed have left. Closes the sockets and keeps their
  // counters.
  void stop();

  Time now() const;                       // the node's time
  Endpoint local(Channel channel) const;  // of the channel's first unicast socket
  const HostCounters& counters() const;
  SocketCounters sockets(Channel channel) const;  // summed over the channel's sockets

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // a handler after the host's end finds it stopped
};

}  // namespace swarm::udp
