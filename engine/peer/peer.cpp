#include "engine/peer/peer.hpp"

#include <algorithm>

#include "engine/peer/exchange.hpp"

namespace swarm {

Peer::Peer(const PeerSettings& settings, std::uint16_t port, const StartDraw& draw)
    : settings_(&settings), requester_(settings, port, draw) {}
Peer::~Peer() = default;

void Peer::start(Time, Outbox&) {}

void Peer::receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) {
  if (exchange_ && wire::is_peer_protocol(datagram))
    return exchange_->receive(now, arrival.from, datagram, out);
  requester_.receive(now, arrival.from, datagram, out, exchange_.get());
  if (exchange_) exchange_->take_announced(now, out);
}

void Peer::wake(Time now, Outbox& out) {
  requester_.wake(now, out);
  if (exchange_) exchange_->wake(now, out);
}

Time Peer::next_wake() const {
  const Time next = requester_.next_wake();
  return exchange_ ? std::min(next, exchange_->next_wake()) : next;
}

void Peer::persisted(Time, Ticket, Outbox&) {}

void Peer::stored(Time now, const StoreReport& report, Outbox& out) {
  if (exchange_) exchange_->stored(now, report, out);
}

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

Exchange& Peer::exchanging() {
  if (!exchange_)
    exchange_ =
        std::make_unique<Exchange>(settings_->exchange, requester_, requester_.draw_for_exchange());
  return *exchange_;
}

void Peer::exchange(Time now, MetainfoPtr metainfo, Outbox& out) {
  const InfoHash hash = metainfo->info_hash;
  exchanging().begin(now, hash, std::move(metainfo), true, out);
}

void Peer::exchange(Time now, const InfoHash& content, Outbox& out) {
  exchanging().begin(now, content, nullptr, true, out);
}

void Peer::share(Time now, MetainfoPtr metainfo, Outbox& out) {
  const InfoHash hash = metainfo->info_hash;
  exchanging().begin(now, hash, std::move(metainfo), false, out);
}

void Peer::stop(Time now, const InfoHash& content, Outbox& out) {
  if (exchange_) exchange_->stop(now, content, out);
}

void Peer::add_peer(Time now, const InfoHash& content, const Endpoint& peer, Outbox& out) {
  if (exchange_) exchange_->add_peer(now, content, peer, out);
}

void Peer::moved(Time now, std::uint16_t port, Outbox& out) {
  requester_.begin_anew(port);
  if (exchange_) exchange_->begin_anew(now, out);
}

bool Peer::exchanges(const InfoHash& content) const {
  return exchange_ && exchange_->has(content);
}

ContentProgress Peer::progress(const InfoHash& content) const {
  SWARM_ASSERT(exchanges(content), "progress is of a content that is exchanged");
  return exchange_->progress(content);
}

std::size_t Peer::memory() const {
  return sizeof *this + requester_.memory() + (exchange_ ? exchange_->memory() : 0);
}

}  // namespace swarm
