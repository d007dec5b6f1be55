#include "tests/lan/harness/peer_crowd.hpp"

#include <algorithm>

#include "engine/base/random.hpp"
#include "tests/engine/base/words.hpp"

namespace swarm::udp {

PeerCrowd::PeerCrowd(asio::io_context& io, const PeerSettings& settings,
                     const MulticastSettings& multicast, std::uint64_t seed, PeerObserver& observer)
    : io_(&io), settings_(settings), multicast_(multicast), seed_(seed), observer_(&observer) {}

std::size_t PeerCrowd::add(const Endpoint& local) {
  const std::size_t number = peers_.size();
  peers_.emplace_back(*io_, DatagramSocket::unicast(*io_, local, multicast_), settings_, 0,
                      test::draw_of(mix(seed_ + number)), *observer_, number);
  return number;
}

void PeerCrowd::join(std::size_t peer, const InfoHash& content) {
  peers_.at(peer).join(content);
}

void PeerCrowd::complete(std::size_t peer, const InfoHash& content) {
  peers_.at(peer).complete(content);
}

void PeerCrowd::leave(std::size_t peer, const InfoHash& content) {
  peers_.at(peer).leave(content);
}

void PeerCrowd::declare(std::size_t peer, std::span<const InfoHash> contents) {
  peers_.at(peer).declare(contents);
}

void PeerCrowd::announce_once(std::size_t peer, const InfoHash& content,
                              wire::AnnounceEvent event) {
  peers_.at(peer).announce_once(content, event);
}

Endpoint PeerCrowd::endpoint(std::size_t peer) const {
  return peers_.at(peer).local();
}

bool PeerCrowd::idle(std::size_t peer) const {
  return peers_.at(peer).peer().idle();
}

bool PeerCrowd::idle() const {
  return std::all_of(peers_.begin(), peers_.end(),
                     [](const PeerHost& peer) { return peer.peer().idle(); });
}

SocketCounters PeerCrowd::counters(std::size_t peer) const {
  return peers_.at(peer).counters();
}

}  // namespace swarm::udp
