// A peer of the swarm, with the seed's components for peers; today its Peer Info Requester.
// Lean: with one content and nothing under way it takes less than 250 bytes in all.
#pragma once

#include "engine/node.hpp"
#include "engine/peer/peer_info_requester.hpp"

namespace swarm {

class Peer final : public Node {
 public:
  // `settings` outlives the peer. `port`: its own, listened on and announced. `seed` of its ids and
  // its jitter: another one for each peer and each start.
  Peer(const PeerSettings& settings, std::uint16_t port, std::uint64_t seed)
      : requester_(settings, port, seed) {}

  void start(Time now, Outbox& out) override;
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override;
  void wake(Time now, Outbox& out) override;
  Time next_wake() const override;
  void persisted(Time now, Ticket ticket, Outbox& out) override;

  // What the application wants; see PeerInfoRequester. Afterwards next_wake() may be earlier.
  void join(Time now, const InfoHash& content, Outbox& out);
  void complete(Time now, const InfoHash& content, Outbox& out);
  void leave(Time now, const InfoHash& content, Outbox& out);
  void announce_once(Time now, const InfoHash& content, wire::AnnounceEvent event, Outbox& out);
  void declare(Time now, std::span<const InfoHash> contents, Outbox& out);

  std::size_t contents() const { return requester_.contents(); }
  bool idle() const { return requester_.idle(); }  // every request is answered
  std::size_t memory() const { return sizeof *this + requester_.memory(); }

 private:
  PeerInfoRequester requester_;
};

}  // namespace swarm
