#include "tests/lan/harness/probe.hpp"

#include <algorithm>

#include "tests/engine/base/words.hpp"
#include "transport/udp/net/node_host.hpp"

namespace swarm::lan {
namespace {

constexpr std::uint16_t peers_port = 6969;

}  // namespace

struct Probe::Impl final : udp::HostCallbacks {
  Impl(const Site& site, Duration every, std::uint64_t seed)
      : socket(udp::DatagramSocket::unicast(io, {site.address(peers_host), 0},
                                            {site.address(peers_host), 1})),
        peer(settings(site, every), test::draw_of(seed)),
        host(io, peer, *this) {
    host.listen(Channel::peers, std::move(socket));
    host.start();
  }
  sim::ProbeSettings settings(const Site& site, Duration every) const {
    return {{site.group(), peers_port}, socket.local().port, every};
  }
  void active(bool on) {
    host.step([&](Time now, Outbox&) { peer.active(now, on); });
  }

  void event(Time, const Event&) override {}
  void exit(std::string_view) override {}

  udp::asio::io_context io;
  udp::DatagramSocket socket;
  sim::ProbePeer peer;
  std::size_t begun_at = 0;  // the first sample of the present measurement
  udp::NodeHost host;
};

Probe::Probe(const Site& site, Duration every, std::uint64_t seed) {
  const auto make = [&] { impl_ = std::make_unique<Impl>(site, every, seed); };
  const auto* network = site.network(peers_host);
  network != nullptr ? network->inside(make) : make();
  thread_ = std::make_unique<LoopThread>(impl_->io);
}

Probe::~Probe() = default;

void Probe::begin() {
  thread_->call([&] {
    impl_->begun_at = impl_->peer.samples().size();
    impl_->active(true);
  });
}

void Probe::end() {
  thread_->call([&] { impl_->active(false); });
}

std::vector<sim::ProbePeer::Sample> Probe::samples() const {
  return thread_->call([&] {
    const auto& all = impl_->peer.samples();
    return std::vector(all.begin() + static_cast<std::ptrdiff_t>(impl_->begun_at), all.end());
  });
}

std::size_t Probe::answered(Time from) const {
  return thread_->call([&] {
    const auto& all = impl_->peer.samples();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& sample) {
      return sample.sent >= from && sample.answered != never;
    }));
  });
}

}  // namespace swarm::lan
