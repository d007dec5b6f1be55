#include "transport/udp/peer_host.hpp"

#include "transport/udp/node_host.hpp"

namespace swarm::udp {

void PeerObserver::received(std::size_t, Time, const Endpoint&, Bytes) {}
void PeerObserver::answered(std::size_t, Time, const TrackerAnswer&) {}
void PeerObserver::announced(std::size_t, Time, const AnnounceAnswer&) {}
void PeerObserver::event(std::size_t, Time, const Event&) {}

// Stands between the host and the peer, so that every event is told right behind the datagram that
// it comes from, not after a whole batch.
struct PeerHost::Impl final : Node, PeerListener, Surroundings {
  Impl(asio::io_context& io, DatagramSocket socket, const PeerSettings& wanted, std::uint16_t port,
       std::uint64_t seed, PeerObserver& watcher, std::size_t its_number)
      : observer(watcher),
        number(its_number),
        settings(wanted),
        peer(settings, port != 0 ? port : socket.local().port, seed),
        host(io, *this, *this) {
    settings.listener = this;
    host.listen(Channel::peers, std::move(socket));
    host.start();
  }

  template <class Verb>
  void step(const Verb& verb) {
    host.step([&](Time now, Outbox& out) { tell_events(now, out, [&] { verb(now, out); }); });
  }
  template <class Body>
  void tell_events(Time now, Outbox& out, const Body& body) {
    const std::size_t before = out.events().size();
    body();
    for (std::size_t i = before; i < out.events().size(); ++i)
      observer.event(number, now, out.events()[i]);
  }

  void start(Time now, Outbox& out) override { peer.start(now, out); }
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override {
    observer.received(number, now, arrival.from, datagram);
    tell_events(now, out, [&] { peer.receive(now, arrival, datagram, out); });
  }
  void wake(Time now, Outbox& out) override { peer.wake(now, out); }
  Time next_wake() const override { return peer.next_wake(); }
  void persisted(Time, Ticket, Outbox&) override {}

  void answered(Time now, const TrackerAnswer& answer) override {
    observer.answered(number, now, answer);
  }
  void announced(Time now, const AnnounceAnswer& answer) override {
    observer.announced(number, now, answer);
  }

  void event(Time, const Event&) override {}  // told already
  void exit(std::string_view) override {}     // a peer never asks for its end

  PeerObserver& observer;
  std::size_t number;
  PeerSettings settings;
  Peer peer;
  NodeHost host;
};

PeerHost::PeerHost(asio::io_context& io, DatagramSocket socket, const PeerSettings& settings,
                   std::uint16_t announced_port, std::uint64_t seed, PeerObserver& observer,
                   std::size_t peer)
    : impl_(std::make_unique<Impl>(io, std::move(socket), settings, announced_port, seed, observer,
                                   peer)) {}
PeerHost::PeerHost(PeerHost&&) noexcept = default;
PeerHost::~PeerHost() = default;

void PeerHost::join(const InfoHash& content) {
  impl_->step([&](Time now, Outbox& out) { impl_->peer.join(now, content, out); });
}

void PeerHost::complete(const InfoHash& content) {
  impl_->step([&](Time now, Outbox& out) { impl_->peer.complete(now, content, out); });
}

void PeerHost::leave(const InfoHash& content) {
  impl_->step([&](Time now, Outbox& out) { impl_->peer.leave(now, content, out); });
}

void PeerHost::declare(std::span<const InfoHash> contents) {
  impl_->step([&](Time now, Outbox& out) { impl_->peer.declare(now, contents, out); });
}

void PeerHost::announce_once(const InfoHash& content, wire::AnnounceEvent event) {
  impl_->step([&](Time now, Outbox& out) { impl_->peer.announce_once(now, content, event, out); });
}

Endpoint PeerHost::local() const {
  return impl_->host.local(Channel::peers);
}

const Peer& PeerHost::peer() const {
  return impl_->peer;
}

SocketCounters PeerHost::counters() const {
  return impl_->host.sockets(Channel::peers);
}

}  // namespace swarm::udp
