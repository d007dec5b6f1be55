// A peer of the engine on a real socket. What it hears and what comes of it is told to an observer.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "engine/peer/peer.hpp"
#include "transport/udp/net/asio.hpp"
#include "transport/udp/net/datagram_socket.hpp"

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

// Of a peer that exchanges contents: what its host needs beside the socket.
struct PeerStore {
  // Takes each request, in order (ContentStore::request), and never reports within it: stored() is
  // called later, once per request.
  std::function<void(StoreRequest)> request;  // none: the peer exchanges nothing
  bool offload = true;  // many datagrams per message of the kernel, where it can
};

class PeerHost {
 public:
  // `announced_port`: 0: the socket's own. `observer` outlives it; `settings` are copied, their
  // listener is replaced. `seed`: another one for each peer and each start.
  //
  // With a store the socket gets offload and buffers of settings.exchange.receive_buffer bytes, and
  // of what the kernel grants a share that holds is the most that is under way to this peer.
  PeerHost(asio::io_context& io, DatagramSocket socket, const PeerSettings& settings,
           std::uint16_t announced_port, std::uint64_t seed, PeerObserver& observer,
           std::size_t peer = 0, PeerStore store = {});
  PeerHost(PeerHost&&) noexcept;
  ~PeerHost();  // silent: nobody is told that it goes

  // See PeerInfoRequester.
  void join(const InfoHash& content);
  void complete(const InfoHash& content);
  void leave(const InfoHash& content);
  void declare(std::span<const InfoHash> contents);
  void announce_once(const InfoHash& content, wire::AnnounceEvent event);

  // See Peer; only with a store.
  void exchange(MetainfoPtr metainfo);
  void exchange(const InfoHash& content);
  void share(MetainfoPtr metainfo);
  void stop(const InfoHash& content);
  void add_peer(const InfoHash& content, const Endpoint& peer);
  bool exchanges(const InfoHash& content) const;
  ContentProgress progress(const InfoHash& content) const;
  void stored(const StoreReport& report);

  // Its address is lost: nothing is heard or sent before move_to, and its port is free.
  void leave_address();
  // This host has another address: from here on the peer uses `socket`, which is bound to it, and
  // announces its port, or `announced_port`. See Peer::moved. Not from within what the observer is
  // told.
  void move_to(DatagramSocket socket, std::uint16_t announced_port = 0);

  // One sentence for the user when the kernel granted smaller buffers than were asked for, with
  // what to do; empty: all is well.
  const std::string& advice() const;
  Offload offload() const;

  Endpoint local() const;
  const Peer& peer() const;
  const PeerSettings& settings() const;  // as it uses them
  SocketCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::udp
