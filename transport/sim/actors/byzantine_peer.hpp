// A peer that misbehaves. It tells the trackers, and every peer that calls it, that it has every
// chunk of its contents. Its handshakes follow the protocol. When a peer requests blocks, it sends
// wrong bytes, only a wrong first block of each chunk, nothing at all, or the right bytes very
// slowly.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <vector>

#include "engine/base/secrets.hpp"
#include "engine/peer/peer.hpp"
#include "engine/wire/peer_protocol.hpp"
#include "transport/sim/scenario/scenario.hpp"
#include "transport/sim/world/virtual_content.hpp"

namespace swarm::sim {

class ByzantinePeer final : public Node {
 public:
  // `settings` and the contents must outlive the peer.
  ByzantinePeer(const PeerSettings& settings, std::uint16_t port, const StartDraw& draw,
                PeerBehaviour behaviour, std::vector<const VirtualContent*> contents);

  void start(Time now, Outbox& out) override;
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override;
  void wake(Time now, Outbox& out) override;
  Time next_wake() const override { return std::min(registrar_.next_wake(), next_block_); }
  void persisted(Time, Ticket, Outbox&) override {}

 private:
  static constexpr Duration slow = 20ms, stalling = 250ms;  // the wait between two blocks
  static constexpr std::size_t longest = 4096;              // blocks in queue_

  struct Session {
    const VirtualContent* content;
    wire::Token token;  // granted by the other peer
  };
  struct Wanted {
    Endpoint to;
    wire::Token granted;
    std::uint32_t chunk, block;
  };

  Duration wait() const { return behaviour_ == PeerBehaviour::staller ? stalling : slow; }
  bool lies() const {
    return behaviour_ == PeerBehaviour::poisoner || behaviour_ == PeerBehaviour::spoiler;
  }
  const VirtualContent* find(const InfoHash& content) const;
  wire::Token grant(const Endpoint& peer, const InfoHash& content) const;
  void on_hello(const Endpoint& from, const wire::peer::Hello& hello, Outbox& out);
  void on_request(Time now, const Endpoint& from, const wire::peer::Request& request, Outbox& out);
  void say_all(const Endpoint& to, const Session& session, Outbox& out);
  void send(const Endpoint& to, const wire::PeerMessage& message, Outbox& out);
  void send_block(const Wanted& wanted, Outbox& out);
  Session* session(wire::Token granted, const Endpoint& from);

  Peer registrar_;
  std::uint64_t seed_;
  PeerBehaviour behaviour_;
  std::vector<const VirtualContent*> contents_;
  std::map<std::pair<Endpoint, wire::Token>, Session> sessions_;
  std::deque<Wanted> queue_;  // slow and staller: the blocks to send
  Time next_block_ = never;
  std::vector<std::uint8_t> scratch_;
};

}  // namespace swarm::sim
