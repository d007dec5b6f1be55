#include "transport/sim/actors/announcing_crowd.hpp"

#include "engine/base/bytes.hpp"
#include "engine/peer/peer.hpp"
#include "transport/sim/actors/cluster.hpp"
#include "transport/sim/actors/start_draw.hpp"

namespace swarm::sim {
namespace {

constexpr std::uint32_t peers_network = 0x0a010000;  // 10.1.0.0
constexpr std::uint16_t peer_port = 6881;
constexpr std::uint64_t probe_key = ~std::uint64_t{0};
constexpr Duration longest_postponement = 5s;  // how long a fault may wait for a tracker's role

// Returns the scenario's `probe.every`. If the scenario does not set it, the probe is slow enough
// that its registrations take at most a tenth of the lowest bandwidth in the run.
Duration probe_interval(const Scenario& scenario) {
  const auto written = scenario.probe.every;
  if (scenario.places.contains("probe.every")) return written;
  constexpr std::uint64_t share = 10;
  const std::uint64_t members = scenario.swarm.trackers + scenario.swarm.standby;
  const std::uint64_t bits = 8 * (150 + 150 * members);  // of the answer, and a block per member
  auto thinnest = scenario.network.bandwidth;
  for (const auto& action : scenario.timeline)
    if (action.network) thinnest = std::min(thinnest, action.network->bandwidth);
  const std::uint64_t ns = share * bits * 1'000'000'000 / std::max<std::uint64_t>(thinnest, 1);
  return std::max(written, Duration(static_cast<std::int64_t>(ns)));
}
}  // namespace

InfoHash content_hash(std::uint64_t seed, std::uint64_t n) {
  std::vector<std::uint8_t> bytes;
  Writer writer(bytes);
  for (std::uint64_t word = 0; word < 3; ++word)
    writer.u64(draw(seed, Draw::peer_content, probe_key - word, n));
  InfoHash hash;
  std::copy_n(bytes.begin(), hash.bytes.size(), hash.bytes.begin());
  return hash;
}

AnnouncingCrowd::AnnouncingCrowd(const Scenario& scenario, std::uint64_t seed, World& world)
    : scenario_(scenario),
      seed_(seed),
      world_(world),
      first_{static_cast<std::uint32_t>(world.hosts())} {
  has_probe_ = !scenario.measure_from.empty();
  for (std::uint32_t i = 0; i < scenario.swarm.trackers; ++i) {
    peer_settings_.emplace_back();
    peer_settings_.back().trackers = asked_by(i);
  }
  const std::uint32_t hosts = scenario.swarm.peers + (has_probe_ ? 1 : 0);
  world.reserve(world.hosts() + hosts);
  for (std::uint32_t i = 0; i < hosts; ++i) {
    HostSettings settings;
    settings.ip = peers_network + i;
    settings.peers_port = static_cast<std::uint16_t>(peer_port + i % 1000);
    settings.boot = this;
    probe_ = world.add_host(settings);  // the last host is the probe, if has_probe_
  }
}

std::string AnnouncingCrowd::name(HostId host) const {
  return is_probe(host) ? "probe" : "p" + std::to_string(peer_of(host) + 1);
}

std::unique_ptr<Node> AnnouncingCrowd::boot(HostId host, std::uint32_t start) {
  const StartDraw drawn = start_draw(seed_, host, start);
  const std::uint16_t port = endpoint(host).port;
  if (is_probe(host)) {
    ProbeSettings settings;
    settings.trackers = asked_by(scenario_.swarm.trackers - 1);
    settings.port = port;
    settings.every = probe_interval(scenario_);
    return std::make_unique<ProbePeer>(settings, drawn);
  }
  const auto& settings = peer_settings_[peer_of(host) % peer_settings_.size()];
  return std::make_unique<Peer>(settings, port, drawn);
}

Endpoint AnnouncingCrowd::asked_by(std::uint32_t peer) const {
  return scenario_.swarm.ask_one ? peers_address(peer % scenario_.swarm.trackers + 1)
                                 : multicast_group;
}

void AnnouncingCrowd::schedule() {
  if (has_probe_) world_.start(probe_, TrueTime(scenario_.swarm.peers_from));
  if (scenario_.swarm.peers > 0) world_.at(TrueTime(arrival(0)), [this] { arrive(0); });
  if (const auto at = scenario_.swarm.silent_from; at > 0ns)
    world_.at(TrueTime(at), [this] {
      for (std::uint32_t peer = 0; peer < scenario_.swarm.peers; ++peer) world_.crash(host(peer));
    });
}

Duration AnnouncingCrowd::arrival(std::uint32_t peer) const {
  const auto& swarm = scenario_.swarm;
  return swarm.peers_from +
         Duration(static_cast<std::int64_t>(
             static_cast<std::uint64_t>(swarm.arrive_within.count()) / swarm.peers * peer));
}

void AnnouncingCrowd::arrive(std::uint32_t peer) {
  begin(peer);
  if (peer + 1 < scenario_.swarm.peers)
    world_.at(TrueTime(arrival(peer + 1)), [this, peer] { arrive(peer + 1); });
}

template <class Verb>
void AnnouncingCrowd::call(std::uint32_t peer, const Verb& verb) {
  world_.call(host(peer), [&](Node& node, Time local, Outbox& out) {
    verb(static_cast<Peer&>(node), local, out);
  });
}

void AnnouncingCrowd::begin(std::uint32_t peer) {
  world_.start(host(peer));
  world_.at(world_.now(), [this, peer] {
    const std::uint64_t life = number_of_life(peer);
    register_contents(peer, life);
    plan_end(peer, life);
  });
}

std::vector<InfoHash> AnnouncingCrowd::contents_of(std::uint32_t peer, std::uint64_t life) const {
  const auto& swarm = scenario_.swarm;
  const auto first = draw_below(seed_, Draw::peer_content, swarm.contents, peer, life);
  std::vector<InfoHash> contents;
  for (std::uint32_t i = 0; i < swarm.contents_per_peer; ++i)
    contents.push_back(content_hash(seed_, (first + i) % swarm.contents));
  return contents;
}

// One peer in eight declares contents that it holds already. The others join, and half of them
// complete their download later.
void AnnouncingCrowd::register_contents(std::uint32_t peer, std::uint64_t life) {
  const auto kind = draw_below(seed_, Draw::peer_kind, 16, peer, life);
  const auto contents = contents_of(peer, life);
  call(peer, [&](Peer& node, Time local, Outbox& out) {
    if (kind < 2) {
      for (std::size_t i = 0; i < contents.size(); i += 24)
        node.declare(local,
                     std::span(contents).subspan(i, std::min<std::size_t>(24, contents.size() - i)),
                     out);
      return;
    }
    for (const auto& content : contents) node.join(local, content, out);
  });
  if (kind < 9) return;
  const Duration takes = draw_between(seed_, Draw::peer_life, Duration(1s),
                                      scenario_.tracker.announce_interval, peer, life);
  if (now() + takes >= scenario_.duration) return;
  world_.at(world_.now() + takes, [this, peer, life] {
    if (number_of_life(peer) != life) return;
    call(peer, [&](Peer& node, Time local, Outbox& out) {
      for (const auto& content : contents_of(peer, life)) node.complete(local, content, out);
    });
  });
}

// --- churn -------------------------------------------------------------------------------------

// Draws for each announce interval whether this life ends in it. Plans the end for the first
// interval that is drawn. If no interval is drawn before the run ends, the life does not end.
void AnnouncingCrowd::plan_end(std::uint32_t peer, std::uint64_t life) {
  const auto& swarm = scenario_.swarm;
  if (swarm.churn == 0) return;
  const Duration interval = scenario_.tracker.announce_interval;
  const std::uint64_t key = std::uint64_t{peer} << 20 | life;
  std::uint64_t n = 1;
  for (Duration at = now(); at < scenario_.duration; at += interval, ++n)
    if (draw_below(seed_, Draw::peer_life, 1'000'000, key, n) < swarm.churn) {
      const Duration within = draw_between(seed_, Draw::peer_life, Duration(0), interval, key,
                                           n + (std::uint64_t{1} << 40));
      world_.at(TrueTime(at + within), [this, peer, life] { end(peer, life); });
      return;
    }
}

// Half of the peers announce `stopped`. A quarter vanish and come back after 2 s. A quarter vanish
// and come back after their registrations have expired.
void AnnouncingCrowd::end(std::uint32_t peer, std::uint64_t life) {
  if (number_of_life(peer) != life) return;
  const auto manner = draw_below(seed_, Draw::peer_kind, 4, peer, life + (1u << 20));
  if (manner < 2) {
    call(peer, [&](Peer& node, Time local, Outbox& out) {
      for (const auto& content : contents_of(peer, life)) node.leave(local, content, out);
    });
    return when_idle(peer, life);
  }
  world_.crash(host(peer));
  come_back(peer, life, manner == 2 ? 2s : scenario_.tracker.lifetime() + 10s);
}

void AnnouncingCrowd::when_idle(std::uint32_t peer, std::uint64_t life) {
  world_.at(world_.now() + 1s, [this, peer, life] {
    const auto* node = static_cast<Peer*>(world_.node(host(peer)));
    if (node == nullptr || number_of_life(peer) != life) return;
    if (!node->idle() || node->contents() != 0) return when_idle(peer, life);
    world_.crash(host(peer));
    come_back(peer, life, 1s);
  });
}

void AnnouncingCrowd::come_back(std::uint32_t peer, std::uint64_t life, Duration pause) {
  world_.at(world_.now() + pause, [this, peer, life] {
    if (number_of_life(peer) == life) begin(peer);
  });
}

// --- the probe ---------------------------------------------------------------------------------

void AnnouncingCrowd::expect_fault(Duration planned) {
  if (!has_probe_) return;
  const Duration from = std::max(planned - scenario_.probe.before, Duration(0));
  world_.at(TrueTime(from), [this, planned] {
    if (last_fault_ >= planned) return;  // the fault has already happened, at the same time
    turn_probe(true);
    expected_until_ = std::max(expected_until_, planned + longest_postponement + 1ms);
    turn_probe_off_at(expected_until_);
  });
}

void AnnouncingCrowd::fault(Duration until) {
  if (!has_probe_) return;
  last_fault_ = now();
  expected_until_ = {};
  measured_until_ = until;
  // If the fault was not planned for this time, the probe begins now.
  world_.at(world_.now(), [this, at = now()] {
    auto* node = probe_peer();
    if (node == nullptr) return;
    if (!node->active()) turn_probe(true);
    node->waits_since(Time(at));  // the probe's clock shows true time
  });
  if (until < scenario_.duration) turn_probe_off_at(until);
}

void AnnouncingCrowd::hush() {
  for (std::uint32_t peer = 0; peer < scenario_.swarm.peers; ++peer)
    world_.network().isolate(host(peer));
  if (has_probe_) world_.network().isolate(probe_);
}

void AnnouncingCrowd::served() {
  if (auto* node = probe_peer(); node != nullptr) node->answered();
  measured_until_ = std::min(measured_until_, now() + scenario_.probe.tail);
  turn_probe_off_at(measured_until_);
}

// Turns the probe off at this time, unless another fault still needs it.
void AnnouncingCrowd::turn_probe_off_at(Duration at) {
  world_.at(TrueTime(at), [this] {
    if (std::max(expected_until_, measured_until_) <= now()) turn_probe(false);
  });
}

void AnnouncingCrowd::turn_probe(bool on) {
  world_.call(probe_, [on](Node& node, Time local, Outbox&) {
    static_cast<ProbePeer&>(node).active(local, on);
  });
}

std::vector<Duration> AnnouncingCrowd::never_answered() {
  std::vector<Duration> out;
  if (!has_probe_) return out;
  const auto* node = probe_peer();
  if (node == nullptr) return out;
  for (const auto& sample : node->samples())
    if (sample.answered == never) out.push_back(sample.sent.time_since_epoch());
  return out;
}

}  // namespace swarm::sim
