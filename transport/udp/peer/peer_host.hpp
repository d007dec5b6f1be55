// Runs a peer of the engine on a real socket, and reports its datagrams and events to an observer.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "engine/peer/peer.hpp"
#include "transport/udp/net/asio.hpp"
#include "transport/udp/net/datagram_socket.hpp"

namespace swarm::udp {

// All calls are made on the thread that runs the io_context, with the time of the step. `peer` is
// the number that was given to the PeerHost. Within a call, the same peer may be used only through
// asio::post.
class PeerObserver {
 public:
  virtual ~PeerObserver() = default;
  // Any datagram has arrived. This call comes just before the calls that the datagram causes, which
  // follow in the order of this list.
  virtual void received(std::size_t peer, Time now, const Endpoint& from, Bytes datagram);
  // The datagram answers a request of this peer.
  virtual void answered(std::size_t peer, Time now, const TrackerAnswer& answer);
  virtual void announced(std::size_t peer, Time now, const AnnounceAnswer& answer);
  // PeerRegistered (an acknowledged registration), PeerError, Rejected; and PeerStopping, within
  // leave().
  virtual void event(std::size_t peer, Time now, const Event& event);
};

// What the host of a peer that exchanges contents needs beside the socket.
struct PeerStore {
  // Takes each request, in order (ContentStore::request). It must not report within this call:
  // stored() must be called later, once per request.
  std::function<void(StoreRequest)> request;  // if unset, the peer exchanges nothing
  bool offload = true;  // passes many datagrams to the kernel as one message, if possible
};

class PeerHost {
 public:
  // `announced_port`: 0 means the socket's own port. `observer` must outlive the host. `settings`
  // are copied, and their listener is replaced. `seed` must differ for each peer and each start.
  //
  // With a store the socket gets offload, and buffers of settings.exchange.receive_buffer bytes. A
  // safe share of what the kernel grants limits the bytes that may be under way to this peer.
  PeerHost(asio::io_context& io, DatagramSocket socket, const PeerSettings& settings,
           std::uint16_t announced_port, std::uint64_t seed, PeerObserver& observer,
           std::size_t peer = 0, PeerStore store = {});
  PeerHost(PeerHost&&) noexcept;
  ~PeerHost();  // silent: sends no farewell

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

  // For a lost address: the peer receives and sends nothing before move_to(), and its port is free.
  void leave_address();
  // For a new address of this host: from now on the peer uses `socket`, which is bound to that
  // address. It announces the socket's port, or `announced_port`. See Peer::moved(). Not to be
  // called within a call of the observer.
  void move_to(DatagramSocket socket, std::uint16_t announced_port = 0);

  // One sentence for the user, with a remedy, if the kernel granted smaller buffers than requested;
  // otherwise empty.
  const std::string& advice() const;
  Offload offload() const;

  Endpoint local() const;
  const Peer& peer() const;
  const PeerSettings& settings() const;  // the values in use
  SocketCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::udp
