// Many peers of the engine on one io_context, each on a socket of its own: a load for real
// trackers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "transport/udp/peer/peer_host.hpp"

namespace swarm::udp {

class PeerCrowd {
 public:
  // The same settings for all. `seed`: another one for each crowd and each start. `observer`
  // outlives it and is told the number of the peer with each call.
  PeerCrowd(asio::io_context& io, const PeerSettings& settings, const MulticastSettings& multicast,
            std::uint64_t seed, PeerObserver& observer);

  // A peer that sends from and announces `local` (port 0: any free one); its number: 0, 1, ...
  // The socket is opened now, in this thread's network namespace. Throws SocketError.
  std::size_t add(const Endpoint& local);
  std::size_t size() const { return peers_.size(); }

  // See PeerInfoRequester. To be called on the thread that runs the io_context.
  void join(std::size_t peer, const InfoHash& content);
  void complete(std::size_t peer, const InfoHash& content);
  void leave(std::size_t peer, const InfoHash& content);
  void declare(std::size_t peer, std::span<const InfoHash> contents);
  void announce_once(std::size_t peer, const InfoHash& content, wire::AnnounceEvent event);

  Endpoint endpoint(std::size_t peer) const;  // as the trackers know it
  bool idle(std::size_t peer) const;          // every request of it is answered
  bool idle() const;                          // of all
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
