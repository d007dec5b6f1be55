// Runs a peer of the engine on a real socket. Reports the peer's datagrams and events to an
// observer.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "engine/peer/peer.hpp"
#include "transport/udp/net/asio.hpp"
#include "transport/udp/net/datagram_socket.hpp"

namespace swarm::udp {

// All calls are made on the thread that runs the io_context. `now` is the time of the peer's step.
// `peer` is the number that was given to the PeerHost. Within a call, the observer must not use the
// same PeerHost. It can use the host later through asio::post.
class PeerObserver {
 public:
  virtual ~PeerObserver() = default;
  // A datagram has arrived. The calls that this datagram causes follow at once, in the order of
  // this list.
  virtual void received(std::size_t peer, Time now, const Endpoint& from, Bytes datagram);
  // The datagram answers a request of this peer.
  virtual void answered(std::size_t peer, Time now, const TrackerAnswer& answer);
  virtual void announced(std::size_t peer, Time now, const AnnounceAnswer& answer);
  // An event of the peer (engine/node/events.hpp): PeerRegistered (a tracker has acknowledged a
  // registration), PeerStopping, PeerError or Rejected. A peer with a store also has ContentOpened,
  // InfoFetched, ChunkStored, ChunkLost, ContentComplete, ContentFailed and PeerDropped.
  virtual void event(std::size_t peer, Time now, const Event& event);
};

// The store of a peer that exchanges contents, and an option of its socket.
struct PeerStore {
  // Passes each request to the store, in order (ContentStore::request). For each request,
  // PeerHost::stored() must be called once, and only after this function has returned. If this
  // function is unset, the peer exchanges nothing.
  std::function<void(StoreRequest)> request;
  // If possible, the socket passes many datagrams to the kernel as one message.
  bool offload = true;
};

class PeerHost {
 public:
  // `announced_port`: 0 means the socket's own port. `settings` are copied; the host replaces their
  // listener. `draw` must differ for each peer and each start. `observer` must outlive the host.
  //
  // With a store the host enables offload, and requests socket buffers of
  // settings.exchange.receive_buffer bytes. It then sets receive_buffer, which limits the bytes
  // that may be under way to this peer, to 5/8 of the size that the kernel grants.
  PeerHost(asio::io_context& io, DatagramSocket socket, const PeerSettings& settings,
           std::uint16_t announced_port, const StartDraw& draw, PeerObserver& observer,
           std::size_t peer = 0, PeerStore store = {});
  PeerHost(PeerHost&&) noexcept;
  ~PeerHost();  // silent: sends no farewell

  // See PeerInfoRequester.
  void join(const InfoHash& content);
  void complete(const InfoHash& content);
  void leave(const InfoHash& content);
  void declare(std::span<const InfoHash> contents);
  void announce_once(const InfoHash& content, wire::AnnounceEvent event);

  // See Peer. These calls need a store.
  void exchange(MetainfoPtr metainfo);
  void exchange(const InfoHash& content);
  void share(MetainfoPtr metainfo);
  void stop(const InfoHash& content);
  void add_peer(const InfoHash& content, const Endpoint& peer);
  bool exchanges(const InfoHash& content) const;
  ContentProgress progress(const InfoHash& content) const;
  void stored(const StoreReport& report);

  // For a lost address: closes the socket, so that its port is free. The peer receives and sends
  // nothing until move_to() is called.
  void leave_address();
  // For a new address of this host: from now on the peer uses `socket`, which is bound to that
  // address. The peer announces `announced_port`, or the socket's port if that is 0. See
  // Peer::moved(). Must not be called within a call of the observer.
  void move_to(DatagramSocket socket, std::uint16_t announced_port = 0);

  // If the kernel granted smaller buffers than requested: a sentence for the user with the remedy.
  // Otherwise empty.
  const std::string& advice() const;
  Offload offload() const;  // the directions for which the kernel accepted offload

  Endpoint local() const;
  const Peer& peer() const;
  const PeerSettings& settings() const;  // the current values, with the host's changes
  SocketCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::udp
