#include "tests/lan/harness/load.hpp"

#include <optional>

#include "tests/engine/base/words.hpp"
#include "tests/lan/harness/eventually.hpp"
#include "tests/lan/harness/peer_crowd.hpp"

namespace swarm::lan {
namespace {

using udp::asio::steady_timer;

constexpr std::uint16_t peers_port = 6969;
constexpr std::uint64_t peers_per_content = 40;  // one answer holds them all
constexpr std::uint32_t all_of_them = 82;

InfoHash content_number(std::uint64_t seed, std::uint64_t number) {
  test::Words random(mix(seed) + number);
  InfoHash content;
  for (auto& byte : content.bytes) byte = static_cast<std::uint8_t>(random.next());
  return content;
}

Wanted wanted_by(wire::AnnounceEvent event) {
  if (event == wire::AnnounceEvent::completed) return Wanted::seeder;
  if (event == wire::AnnounceEvent::stopped) return Wanted::absent;
  return Wanted::leecher;
}

PeerSettings peer_settings(const Site& site, const LoadSettings& wanted) {
  PeerSettings settings;
  settings.trackers = wanted.tracker.value_or(Endpoint{site.group(), peers_port});
  settings.retransmit_most = 1s;
  settings.num_want = all_of_them;
  return settings;
}

}  // namespace

// Lives on the load's thread, but for its construction.
struct Load::Impl final : udp::PeerObserver {
  Impl(const Site& site, const LoadSettings& wanted)
      : settings(wanted),
        crowd(io, peer_settings(site, wanted), {site.address(peers_host), 1}, wanted.seed, *this),
        timer(io),
        random(wanted.seed) {
    for (unsigned i = 0; i <= settings.peers; ++i) crowd.add({site.address(peers_host), 0});
    heard.requester = crowd.endpoint(requester());
    register_next();
  }

  std::size_t requester() const { return settings.peers; }  // the last one

  // The stream.

  void register_next() {
    if (settled) return;
    const std::uint64_t number = sent++;
    const std::size_t peer = number % settings.peers;
    const InfoHash content = content_number(settings.seed, number / peers_per_content);
    if (number % 16 == 0)
      declare(peer, content);
    else
      join(peer, content);
    const auto chance = random.below(100);
    if (chance < 20) end_or_complete(chance < 10);
    timer.expires_after(settings.every);
    timer.async_wait([this](const boost::system::error_code& error) {
      if (!error) register_next();
    });
  }
  void end_stream() {
    if (!settled) ledger.stream_ended(udp::boot_clock_now());
    settled = true;
  }
  void join(std::size_t peer, const InfoHash& content) {
    ledger.tried({content, crowd.endpoint(peer)}, Wanted::leecher);
    crowd.join(peer, content);
    open.push_back({peer, content});
  }
  void declare(std::size_t peer, const InfoHash& content) {
    ledger.tried({content, crowd.endpoint(peer)}, Wanted::seeder);
    declared.insert({content, crowd.endpoint(peer)});
    crowd.declare(peer, std::span(&content, 1));
  }
  // Some download ends: the peer has it all, or stops. Also while that is not yet registered.
  void end_or_complete(bool complete) {
    if (open.empty()) return;
    std::swap(open[random.below(open.size())], open.back());
    const auto [peer, content] = open.back();
    open.pop_back();
    ledger.tried({content, crowd.endpoint(peer)}, complete ? Wanted::seeder : Wanted::absent);
    complete ? crowd.complete(peer, content) : crowd.leave(peer, content);
  }

  // What the peers hear.

  void received(std::size_t peer, Time now, const Endpoint& from, Bytes) override {
    ledger.received({now, from, crowd.endpoint(peer)});
  }
  void announced(std::size_t peer, Time, const AnnounceAnswer& answer) override {
    ledger.acknowledged({answer.content, crowd.endpoint(peer)}, wanted_by(answer.event));
    if (peer == requester())
      heard.peers[answer.content] = {answer.peers.begin(), answer.peers.end()};
  }
  void event(std::size_t peer, Time, const Event& event) override {
    const auto* registered = std::get_if<event::PeerRegistered>(&event);
    if (registered == nullptr) return;
    last_sent.push_back(registered->first_sent);
    const Registration registration{registered->info_hash, crowd.endpoint(peer)};
    if (declared.contains(registration)) ledger.acknowledged(registration, Wanted::seeder);
  }

  LoadSettings settings;
  udp::asio::io_context io;
  udp::PeerCrowd crowd;
  steady_timer timer;
  test::Words random;
  Ledger ledger;
  std::uint64_t sent = 0;
  bool settled = false;
  std::vector<std::pair<std::size_t, InfoHash>> open;  // downloads
  std::set<Registration> declared;
  std::vector<Time> last_sent;  // first sendings of what was acknowledged
  Answers heard;
};

Load::Load(const Site& site, const LoadSettings& settings) {
  const auto make = [&] { impl_ = std::make_unique<Impl>(site, settings); };
  const auto* network = site.network(peers_host);
  network != nullptr ? network->inside(make) : make();
  thread_ = std::make_unique<LoopThread>(impl_->io);
}

Load::~Load() = default;

void Load::await_registrations(std::size_t count) {
  const Time from = udp::boot_clock_now();
  const auto late = [&] {
    return thread_->call([&] {
      const auto& sent = impl_->last_sent;
      return static_cast<std::size_t>(
          std::count_if(sent.begin(), sent.end(), [&](Time at) { return at >= from; }));
    });
  };
  eventually("registrations are acknowledged", [&] { return late() >= count; });
}

void Load::settle() {
  thread_->call([&] { impl_->end_stream(); });
  eventually("an answer to every request",
             [&] { return thread_->call([&] { return impl_->crowd.idle(); }); });
}

Answers Load::ask() {
  thread_->call([&] {
    std::set<InfoHash> contents;
    for (const auto& [registration, entry] : impl_->ledger.entries())
      contents.insert(registration.content);
    for (const auto& content : contents) impl_->join(impl_->requester(), content);
  });
  settle();
  return thread_->call([&] { return impl_->heard; });
}

Ledger Load::ledger() const {
  return thread_->call([&] { return impl_->ledger; });
}

}  // namespace swarm::lan
