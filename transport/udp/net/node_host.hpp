// A real host of one node: sockets in, the node's step, its outbox out. What World is to a
// simulated host. Everything happens on the thread that runs the io_context.
//
// What waits in the unicast sockets of Channel::cluster is heard before each batch of other
// datagrams, and again before each batch of answers leaves. So a master that stood still while its
// clock did (a virtual machine that was suspended or moved) learns of its successor before it
// answers under a lease that is over.
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "engine/node/node.hpp"
#include "transport/udp/net/asio.hpp"
#include "transport/udp/net/datagram_socket.hpp"
#include "transport/udp/system/onward_clock.hpp"

namespace swarm::udp {

// What a host calls to carry out what a node wants done. All calls are made within a step's flush,
// in the order: events, writes, datagrams and answers, exit. Within them no further step of the
// same host may be made (post it); stop() may be called.
class HostCallbacks {
 public:
  virtual ~HostCallbacks() = default;
  virtual void event(Time now, const Event& event) = 0;
  virtual void persist(Outbox::LogWrite) {}
  virtual void persist(Outbox::BallotWrite) {}
  virtual void persist(StoreRequest) {}
  // What the node sends on Channel::http: the body of the answer to the client at `to`. The bytes
  // are valid during the call.
  virtual void answer_http(const Endpoint& /*to*/, Bytes) {}
  // Just before answers to peers leave, by either way: false drops them (R16: the lease, by a fresh
  // clock).
  virtual bool may_answer_peers(Time) { return true; }
  // Once: the node wants its end. No further step is made.
  virtual void exit(std::string_view reason) = 0;
};

enum class StepKind : std::uint8_t {
  datagrams,  // a batch of them
  timer,      // with what has come before it was due
  disk,       // its report
  other,      // the start, an order, a request over HTTP
  count
};

struct HostCounters {
  std::uint64_t steps{}, wakes{};
  // In CPU time of the thread: what others take of the machine does not count.
  std::array<Duration, static_cast<std::size_t>(StepKind::count)> longest_step{};
  std::uint64_t answers_too_late{};  // dropped, see may_answer_peers
  Duration longest_lateness{};       // of a wake behind its time: a stall of this machine
};

class NodeHost {
 public:
  // `node` and `callbacks` outlive it. The clock is asked on this thread.
  NodeHost(asio::io_context& io, Node& node, HostCallbacks& callbacks,
           OnwardClock::Source clock = boot_clock_now);
  ~NodeHost();

  // Before start() or later. A channel's datagrams leave from its first unicast socket of the
  // destination's family (IPv4, IPv6); without one they are dropped, and counted as send_dropped. A
  // group's socket only listens.
  void listen(Channel channel, DatagramSocket socket);
  // Closes the socket at this address; its counters stay in the sum. Not within a step.
  void stop_listening(Channel channel, const Endpoint& local);
  // See DatagramSocket::follow_interface(), of each socket: how many were joined again, and how
  // many have no interface now.
  struct Followed {
    unsigned again{}, gone{};
  };
  Followed follow_interfaces();

  // The first unicast socket of a channel is silent from here on, until it is replaced.
  void silence(Channel channel);
  // The first unicast socket of a channel gives way to another one; its counters go with it.
  void replace(Channel channel, DatagramSocket socket);

  void start();
  // A step that nothing from outside caused: an operator's order. `now` is the clock's. Nothing
  // happens once it has stopped.
  void step(const std::function<void(Time now, Outbox& out)>& body);
  // What came by another way than its sockets: a request on Channel::http.
  void receive(const Arrival& arrival, Bytes bytes);
  void persisted(Ticket ticket);
  void stored(const StoreReport& report);
  // No further step; what was flushed has left. The sockets are closed, their counters stay.
  void stop();

  Time now() const;                       // what its clock shows: the node's time
  Endpoint local(Channel channel) const;  // of its first unicast socket
  const HostCounters& counters() const;
  SocketCounters sockets(Channel channel) const;  // the sum over the channel's sockets

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // handlers that come after its end find it stopped
};

}  // namespace swarm::udp
