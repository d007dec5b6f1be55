// A real host of one node: sockets in, the node's step, its outbox out. What World is to a
// simulated host. Everything happens on the thread that runs the io_context.
#pragma once

#include <functional>
#include <memory>

#include "engine/node.hpp"
#include "transport/udp/asio.hpp"
#include "transport/udp/datagram_socket.hpp"

namespace swarm::udp {

// What the surroundings of a node do for it. All calls are made within a step's flush, in the
// order: events, writes, datagrams, exit. Within them no further step of the same host may be made
// (post it); stop() may be called.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  virtual void event(Time now, const Event& event) = 0;
  virtual void persist(Outbox::LogWrite) {}
  virtual void persist(Outbox::BallotWrite) {}
  virtual void persist(StoreWish) {}
  // Just before answers to peers leave: false drops them (R16: the lease, by a fresh clock).
  virtual bool may_answer_peers(Time) { return true; }
  // Once: the node wants its end. No further step is made.
  virtual void exit(std::string_view reason) = 0;
};

struct HostCounters {
  std::uint64_t steps{}, wakes{};
  std::uint64_t answers_too_late{};  // dropped, see may_answer_peers
  Duration longest_lateness{};       // of a wake behind its time: a stall of this machine
};

class NodeHost {
 public:
  // `node` and `surroundings` outlive it.
  NodeHost(asio::io_context& io, Node& node, Surroundings& surroundings);
  ~NodeHost();

  // Before start(). The first unicast socket of a channel is the one that its datagrams leave
  // from; a group's socket only listens.
  void listen(Channel channel, DatagramSocket socket);

  void start();
  // A step of the surroundings' own: an operator's order. `now` is the clock's. Nothing happens
  // once it has stopped.
  void step(const std::function<void(Time now, Outbox& out)>& body);
  void persisted(Ticket ticket);
  void stored(const StoreReport& report);
  // No further step; what was flushed has left. The sockets are closed, their counters stay.
  void stop();

  Endpoint local(Channel channel) const;  // of the socket that it sends from
  const HostCounters& counters() const;
  SocketCounters sockets(Channel channel) const;  // the sum over the channel's sockets

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // handlers that come after its end find it stopped
};

}  // namespace swarm::udp
