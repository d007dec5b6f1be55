#include "tests/lan/harness/bad_peer.hpp"

#include "tests/engine/base/words.hpp"
#include "transport/udp/peer/peer_host.hpp"

namespace swarm::lan {
namespace {

constexpr std::uint16_t trackers_port = 6969;
constexpr std::uint64_t seed = 5;

PeerSettings settings_at(const Site& site) {
  PeerSettings settings;
  settings.trackers = {site.group(), trackers_port};
  return settings;
}

}  // namespace

// Lives on its thread, but for its construction.
struct BadPeer::Impl final : udp::PeerObserver {
  Impl(const Site& site, unsigned host, MetainfoPtr its_content, Vice its_vice)
      : content(std::move(its_content)),
        vice(its_vice),
        peer(io, udp::DatagramSocket::unicast(io, {site.address(host), 0}, {site.address(host), 1}),
             settings_at(site), 0, test::draw_of(seed + host), *this, 0,
             {[this](const StoreRequest& request) { take(request); }}) {
    peer.share(content);
  }

  void take(const StoreRequest& request) {
    StoreReport report{request.kind,
                       StoreReport::Outcome::done,
                       request.ticket,
                       request.content,
                       request.chunk,
                       {},
                       {},
                       {}};
    if (request.kind == StoreRequest::Kind::open) {
      report.had = Bitmap(content->chunk_count(), true);
      report.doubtful = Bitmap(content->chunk_count());
    }
    if (request.kind == StoreRequest::Kind::read) {
      ++asked;
      if (vice == Vice::never_answers) return;
      report.bytes = std::make_shared<std::vector<std::uint8_t>>(content->length(request.chunk));
    }
    udp::asio::post(io, [this, report = std::move(report)] { peer.stored(report); });
  }
  void event(std::size_t, Time, const Event& event) override {
    if (std::holds_alternative<event::PeerRegistered>(event)) known = true;
  }

  udp::asio::io_context io;
  MetainfoPtr content;
  Vice vice;
  bool known = false;
  std::size_t asked = 0;
  udp::PeerHost peer;
};

BadPeer::BadPeer(const Site& site, unsigned host, MetainfoPtr content, Vice vice) {
  const auto make = [&] { impl_ = std::make_unique<Impl>(site, host, std::move(content), vice); };
  const auto* network = site.network(host);
  network != nullptr ? network->inside(make) : make();
  thread_ = std::make_unique<LoopThread>(impl_->io);
}

BadPeer::~BadPeer() = default;

Endpoint BadPeer::address() const {
  return thread_->call([&] { return impl_->peer.local(); });
}
bool BadPeer::known() const {
  return thread_->call([&] { return impl_->known; });
}
std::size_t BadPeer::asked() const {
  return thread_->call([&] { return impl_->asked; });
}

}  // namespace swarm::lan
