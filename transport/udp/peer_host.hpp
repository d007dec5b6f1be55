// A peer of the engine on a real socket. What it hears and what comes of it is told to an observer.
#pragma once

#include <memory>
#include <span>

#include "engine/peer/peer.hpp"
#include "transport/udp/asio.hpp"
#include "transport/udp/datagram_socket.hpp"

namespace swarm::udp {

// All calls are made on the thread that runs the io_context, with the time of the step. `peer`: the
// number that the PeerHost was given. A call may ask things of the same peer only by asio::post.
class PeerObserver {
 public:
  virtual ~PeerObserver() = default;
  // A datagram came, whatever it is; just before all that it causes, in the order of this list.
  virtual void received(std::size_t peer, Time now, const Endpoint& from, Bytes datagram);
  // It answers a request of this peer.
  virtual void answered(std::size_t peer, Time now, const TrackerAnswer& answer);
  virtual void announced(std::size_t peer, Time now, const AnnounceAnswer& answer);
  // PeerRegistered (an acknowledged registration), PeerError, Rejected; PeerStopping within
  // leave().
  virtual void event(std::size_t peer, Time now, const Event& event);
};

class PeerHost {
 public:
  // `announced_port`: 0: the socket's own. `observer` outlives it; `settings` are copied, their
  // listener is replaced. `seed`: another one for each peer and each start.
  PeerHost(asio::io_context& io, DatagramSocket socket, const PeerSettings& settings,
           std::uint16_t announced_port, std::uint64_t seed, PeerObserver& observer,
           std::size_t peer = 0);
  PeerHost(PeerHost&&) noexcept;
  ~PeerHost();  // silent: nobody is told that it goes

  // See PeerInfoRequester.
  void join(const InfoHash& content);
  void complete(const InfoHash& content);
  void leave(const InfoHash& content);
  void declare(std::span<const InfoHash> contents);
  void announce_once(const InfoHash& content, wire::AnnounceEvent event);

  Endpoint local() const;
  const Peer& peer() const;
  SocketCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::udp
