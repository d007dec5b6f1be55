#include "engine/peer/peer.hpp"

namespace swarm {

void Peer::start(Time, Outbox&) {}

void Peer::receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) {
  requester_.receive(now, arrival.from, datagram, out);
}

void Peer::wake(Time now, Outbox& out) {
  requester_.wake(now, out);
}

Time Peer::next_wake() const {
  return requester_.next_wake();
}

void Peer::persisted(Time, Ticket, Outbox&) {}

void Peer::join(Time now, const InfoHash& content, Outbox& out) {
  requester_.join(now, content, out);
}

void Peer::complete(Time now, const InfoHash& content, Outbox& out) {
  requester_.complete(now, content, out);
}

void Peer::leave(Time now, const InfoHash& content, Outbox& out) {
  requester_.leave(now, content, out);
}

void Peer::announce_once(Time now, const InfoHash& content, wire::AnnounceEvent event,
                         Outbox& out) {
  requester_.announce_once(now, content, event, out);
}

void Peer::declare(Time now, std::span<const InfoHash> contents, Outbox& out) {
  requester_.declare(now, contents, out);
}

}  // namespace swarm
