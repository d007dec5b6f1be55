#include "transport/udp/peer/peer_host.hpp"

#include <fmt/format.h>

#include "engine/base/assert.hpp"
#include "transport/udp/net/node_host.hpp"

namespace swarm::udp {
namespace {

std::string advice_on_buffers(std::size_t granted, std::size_t wanted) {
  if (granted >= wanted) return {};
  return fmt::format(
      "the kernel grants {} KiB of the {} KiB of socket buffers that quick transfers need: raise "
      "its limits with `sysctl -w net.core.rmem_max={} net.core.wmem_max={}`",
      granted >> 10, wanted >> 10, wanted, wanted);
}

// The bytes that may be under way into a buffer for which the kernel reports `granted` bytes. The
// kernel's real limit is twice as large. But the kernel charges more for a datagram than its bytes:
// for the 1,426 bytes of a block it charges 2,304 on a veth, and up to a page and a header with
// some network cards.
std::size_t bytes_under_way(std::size_t granted) {
  return granted / 8 * 5;
}

}  // namespace

void PeerObserver::received(std::size_t, Time, const Endpoint&, Bytes) {}
void PeerObserver::answered(std::size_t, Time, const TrackerAnswer&) {}
void PeerObserver::announced(std::size_t, Time, const AnnounceAnswer&) {}
void PeerObserver::event(std::size_t, Time, const Event&) {}

// Passes the calls of the NodeHost on to the peer. So it can report each event right after the
// datagram that caused it, and not after a whole batch of datagrams.
struct PeerHost::Impl final : Node, PeerListener, HostCallbacks {
  Impl(asio::io_context& io, DatagramSocket socket, const PeerSettings& wanted, std::uint16_t port,
       const StartDraw& draw, PeerObserver& watcher, std::size_t its_number, PeerStore its_store)
      : observer(watcher),
        number(its_number),
        store(std::move(its_store)),
        settings(wanted),
        peer(settings, port != 0 ? port : socket.local().port, draw),
        host(io, *this, *this) {
    settings.listener = this;
    if (store.request) prepare(socket);
    host.listen(Channel::peers, std::move(socket));
    host.start();
  }

  void prepare(DatagramSocket& socket) {
    if (store.offload) offload = socket.use_offload();
    const std::size_t wanted = settings.exchange.receive_buffer;
    const std::size_t granted = socket.set_buffers(wanted);
    advice = advice_on_buffers(granted, wanted);
    settings.exchange.receive_buffer = bytes_under_way(std::min(granted, wanted));
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
  void wake(Time now, Outbox& out) override {
    tell_events(now, out, [&] { peer.wake(now, out); });
  }
  Time next_wake() const override { return peer.next_wake(); }
  void persisted(Time, Ticket, Outbox&) override {}
  void stored(Time now, const StoreReport& report, Outbox& out) override {
    tell_events(now, out, [&] { peer.stored(now, report, out); });
  }

  void answered(Time now, const TrackerAnswer& answer) override {
    observer.answered(number, now, answer);
  }
  void announced(Time now, const AnnounceAnswer& answer) override {
    observer.announced(number, now, answer);
  }

  void event(Time, const Event&) override {}  // tell_events() has already reported the event
  void persist(StoreRequest request) override { store.request(std::move(request)); }
  void exit(std::string_view) override {}  // never called: a peer does not end its host

  PeerObserver& observer;
  std::size_t number;
  PeerStore store;
  std::string advice;
  Offload offload;
  PeerSettings settings;
  Peer peer;
  NodeHost host;
};

PeerHost::PeerHost(asio::io_context& io, DatagramSocket socket, const PeerSettings& settings,
                   std::uint16_t announced_port, const StartDraw& draw, PeerObserver& observer,
                   std::size_t peer, PeerStore store)
    : impl_(std::make_unique<Impl>(io, std::move(socket), settings, announced_port, draw, observer,
                                   peer, std::move(store))) {}
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

void PeerHost::exchange(MetainfoPtr metainfo) {
  SWARM_ASSERT(impl_->store.request, "contents are exchanged with a store");
  impl_->step([&](Time now, Outbox& out) { impl_->peer.exchange(now, metainfo, out); });
}

void PeerHost::exchange(const InfoHash& content) {
  SWARM_ASSERT(impl_->store.request, "contents are exchanged with a store");
  impl_->step([&](Time now, Outbox& out) { impl_->peer.exchange(now, content, out); });
}

void PeerHost::share(MetainfoPtr metainfo) {
  SWARM_ASSERT(impl_->store.request, "contents are shared with a store");
  impl_->step([&](Time now, Outbox& out) { impl_->peer.share(now, metainfo, out); });
}

void PeerHost::stop(const InfoHash& content) {
  impl_->step([&](Time now, Outbox& out) { impl_->peer.stop(now, content, out); });
}

void PeerHost::add_peer(const InfoHash& content, const Endpoint& peer) {
  impl_->step([&](Time now, Outbox& out) { impl_->peer.add_peer(now, content, peer, out); });
}

bool PeerHost::exchanges(const InfoHash& content) const {
  return impl_->peer.exchanges(content);
}

ContentProgress PeerHost::progress(const InfoHash& content) const {
  return impl_->peer.progress(content);
}

void PeerHost::stored(const StoreReport& report) {
  impl_->host.stored(report);
}

void PeerHost::leave_address() {
  impl_->host.silence(Channel::peers);
}

void PeerHost::move_to(DatagramSocket socket, std::uint16_t announced_port) {
  if (impl_->store.request) impl_->prepare(socket);
  const std::uint16_t port = announced_port != 0 ? announced_port : socket.local().port;
  impl_->host.replace(Channel::peers, std::move(socket));
  impl_->step([&](Time now, Outbox& out) { impl_->peer.moved(now, port, out); });
}

const std::string& PeerHost::advice() const {
  return impl_->advice;
}

Offload PeerHost::offload() const {
  return impl_->offload;
}

Endpoint PeerHost::local() const {
  return impl_->host.local(Channel::peers);
}

const Peer& PeerHost::peer() const {
  return impl_->peer;
}

const PeerSettings& PeerHost::settings() const {
  return impl_->settings;
}

SocketCounters PeerHost::counters() const {
  return impl_->host.sockets(Channel::peers);
}

}  // namespace swarm::udp
