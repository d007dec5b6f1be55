// Many peers of the engine on one io_context, each with its own socket. They are a load for real
// trackers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "transport/udp/peer/peer_host.hpp"

namespace swarm::udp {

class PeerCrowd {
 public:
  // All peers have the same settings. Each crowd and each start needs another `seed`. `observer`
  // must outlive the crowd; each call of it names the peer by its number.
  PeerCrowd(asio::io_context& io, const PeerSettings& settings, const MulticastSettings& multicast,
            std::uint64_t seed, PeerObserver& observer);

  // Adds a peer that sends from `local` (port 0: any free port) and announces this address. Opens
  // the socket now, in this thread's network namespace. Returns the peer's number: 0, 1, ... Throws
  // SocketError.
  std::size_t add(const Endpoint& local);
  std::size_t size() const { return peers_.size(); }

  // These functions are those of PeerInfoRequester. They must be called on the io_context's thread.
  void join(std::size_t peer, const InfoHash& content);
  void complete(std::size_t peer, const InfoHash& content);
  void leave(std::size_t peer, const InfoHash& content);
  void declare(std::size_t peer, std::span<const InfoHash> contents);
  void announce_once(std::size_t peer, const InfoHash& content, wire::AnnounceEvent event);

  Endpoint endpoint(std::size_t peer) const;  // the endpoint that the peer announces
  bool idle(std::size_t peer) const;          // true if every request of this peer is answered
  bool idle() const;                          // true if every request of all peers is answered
  SocketCounters counters(std::size_t peer) const;

 private:
  asio::io_context* io_;
  PeerSettings settings_;
  MulticastSettings multicast_;
  std::uint64_t seed_;
  PeerObserver* observer_;
  std::vector<PeerHost> peers_;
};

}  // namespace swarm::udp
