#include "transport/sim/actors/exchange_crowd.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/peer/peer.hpp"
#include "transport/sim/actors/byzantine_peer.hpp"
#include "transport/sim/actors/cluster.hpp"
#include "transport/sim/actors/start_draw.hpp"

namespace swarm::sim {
namespace {

constexpr std::uint32_t exchange_network = 0x0a800000;  // 10.128.0.0
constexpr std::uint16_t exchange_port = 6881;
constexpr Duration look_again = 50ms;  // between two checks whether a stopping peer is done

PeerSettings settings_of(const PeerGroup& group) {
  constexpr std::uint64_t bits = 8;
  PeerSettings settings;
  settings.trackers = multicast_group;
  settings.exchange.upload_rate = group.upload_limit / bits;
  settings.exchange.download_rate = group.download_limit / bits;
  settings.exchange.yield = group.yield;
  settings.exchange.upload_slots = group.slots;
  settings.exchange.receive_buffer = group.receive_buffer;
  return settings;
}

}  // namespace

ExchangeCrowd::ExchangeCrowd(const Scenario& scenario, std::uint64_t seed, World& world)
    : scenario_(scenario),
      seed_(seed),
      world_(world),
      first_{static_cast<std::uint32_t>(world.hosts())} {
  const auto& model = scenario.exchange;
  contents_.reserve(model.contents.size());
  for (const auto& content : model.contents) {
    contents_.emplace_back(content.name, content.size, content.chunk_size);
    copied_.emplace_back(contents_.back().chunks());
  }
  for (const auto& group : model.peers) {
    settings_.push_back(settings_of(group));
    add_group(group, settings_.back());
  }
}

void ExchangeCrowd::add_group(const PeerGroup& group, const PeerSettings& settings) {
  const StoreModel model{scenario_.exchange.store_rate, scenario_.exchange.store_sync};
  for (std::uint32_t number = 1; number <= group.count; ++number) {
    HostSettings host_settings;
    host_settings.ip = exchange_network + size();
    host_settings.peers_port = exchange_port;
    host_settings.boot = this;
    const HostId added = world_.add_host(host_settings);
    world_.network().set_rates(added, group.uplink, group.downlink);
    State& state = peers_.emplace_back();
    state.group = &group;
    state.number = number;
    state.settings = &settings;
    stores_.emplace_back(seed_, added, model, contents_);
    world_.add_store(added, stores_.back());
    give(size() - 1);
  }
}

std::vector<const VirtualContent*> ExchangeCrowd::contents_of(std::uint32_t peer) const {
  std::vector<const VirtualContent*> own;
  const auto& names = group(peer).contents;
  for (std::size_t i = 0; i < contents_.size(); ++i) {
    const auto& name = scenario_.exchange.contents[i].name;
    if (names.empty() || std::find(names.begin(), names.end(), name) != names.end())
      own.push_back(&contents_[i]);
  }
  return own;
}

void ExchangeCrowd::give(std::uint32_t peer) {
  State& state = peers_[peer];
  std::uint64_t key = std::uint64_t{peer} << 20;
  for (const VirtualContent* content : contents_of(peer)) {
    const auto& metainfo = *content->metainfo();
    const Bitmap chunks = drawn_chunks(group(peer).has, content->chunks(), ++key);
    state.size += metainfo.size;
    state.missing += metainfo.size;
    chunks.for_each([&](std::uint32_t chunk) { state.missing -= metainfo.length(chunk); });
    if (!chunks.none()) stores_[peer].put(*content, chunks);
  }
}

Bitmap ExchangeCrowd::drawn_chunks(const InitialChunks& has, std::uint32_t chunks,
                                   std::uint64_t key) const {
  using Kind = InitialChunks::Kind;
  Bitmap out(chunks, has.kind == Kind::all);
  if (has.kind == Kind::range)
    for (std::uint32_t i = has.range.low; i <= std::min(has.range.high, chunks - 1); ++i)
      out.set(i);
  if (has.kind == Kind::share)
    for (std::uint32_t i = 0; i < chunks; ++i)
      if (draw_below(seed_, Draw::initial_chunk, 1'000'000, key, i) < has.share) out.set(i);
  return out;
}

std::string ExchangeCrowd::name_of(std::uint32_t peer) const {
  const State& state = peers_[peer];
  return state.group->count == 1 ? state.group->name
                                 : fmt::format("{}-{}", state.group->name, state.number);
}

Duration ExchangeCrowd::drawn(Draw purpose, const Range<Duration>& range,
                              std::uint32_t peer) const {
  return draw_between(seed_, purpose, range.low, range.high, peer, peers_[peer].lives);
}

// --- their lives

std::unique_ptr<Node> ExchangeCrowd::boot(HostId host, std::uint32_t start) {
  const std::uint32_t peer = peer_of(host);
  const StartDraw drawn = start_draw(seed_, host, start);
  const State& state = peers_[peer];
  if (honest(peer)) return std::make_unique<Peer>(*state.settings, exchange_port, drawn);
  return std::make_unique<ByzantinePeer>(*state.settings, exchange_port, drawn,
                                         state.group->behaviour, contents_of(peer));
}

void ExchangeCrowd::schedule() {
  for (std::uint32_t peer = 0; peer < size(); ++peer)
    world_.at(TrueTime(drawn(Draw::peer_arrival, group(peer).arrive, peer)), [this, peer] {
      if (peers_[peer].lives == 0) live(peer);
    });
}

// Begins a life of the peer. A life lasts from an arrival or a return until the peer leaves.
void ExchangeCrowd::live(std::uint32_t peer) {
  State& state = peers_[peer];
  ++state.lives;
  if (!state.arrived) state.arrived = now();
  begin(peer);
  const auto& leave = group(peer).leave;
  if (leave.kind == Leaving::Kind::after) plan_leaving(peer, leave.kind, now());
  if (leave.kind == Leaving::Kind::at && state.lives == 1) plan_leaving(peer, leave.kind, 0s);
}

void ExchangeCrowd::begin(std::uint32_t peer) {
  peers_[peer].gone = false;
  peers_[peer].stopping = false;
  peers_[peer].contents_complete = 0;
  world_.start(host(peer));
  world_.at(world_.now(), [this, peer] { exchange(peer); });
}

// A peer of a group with `by_hash` uses the metainfo if an earlier life left it on the peer's disk.
void ExchangeCrowd::exchange(std::uint32_t peer) {
  if (!honest(peer)) return;
  world_.call(host(peer), [&](Node& node, Time local, Outbox& out) {
    auto& own = static_cast<Peer&>(node);
    for (const VirtualContent* content : contents_of(peer)) {
      const auto* file = stores_[peer].find(content->hash());
      if (group(peer).by_hash && (file == nullptr || !file->metainfo))
        own.exchange(local, content->hash(), out);
      else
        own.exchange(local, content->metainfo(), out);
    }
  });
}

void ExchangeCrowd::plan_leaving(std::uint32_t peer, Leaving::Kind kind, Duration from) {
  const auto& leave = group(peer).leave;
  if (leave.kind != kind) return;
  const Duration at = from + drawn(Draw::peer_leave, leave.time, peer);
  world_.at(TrueTime(at), [this, peer, life = peers_[peer].lives] {
    if (peers_[peer].lives == life && !peers_[peer].gone) this->leave(peer);
  });
}

void ExchangeCrowd::leave(std::uint32_t peer) {
  State& state = peers_[peer];
  state.gone = true;
  ++state.plans;
  std::optional<Duration> back;
  if (group(peer).comes_back && !state.complete)
    back = drawn(Draw::peer_return, *group(peer).comes_back, peer);
  state.returns = true;
  if (group(peer).goodbye && honest(peer) && world_.up(host(peer))) return say_goodbye(peer, back);
  end(peer, back);
}

void ExchangeCrowd::end(std::uint32_t peer, std::optional<Duration> back) {
  world_.crash(host(peer));
  State& state = peers_[peer];
  state.stopping = false;
  ++state.plans;
  state.gone = !back;
  if (back) start_in(peer, *back);
}

void ExchangeCrowd::start_in(std::uint32_t peer, Duration back) {
  world_.at(world_.now() + back, [this, peer, plan = peers_[peer].plans] {
    if (peers_[peer].plans != plan || world_.state(host(peer)) != HostState::down) return;
    return peers_[peer].returns ? live(peer) : begin(peer);
  });
}

void ExchangeCrowd::event(HostId host, const swarm::Event& event) {
  const std::uint32_t peer = peer_of(host);
  if (const auto* chunk = std::get_if<event::ChunkStored>(&event)) return stored(*chunk);
  if (!std::holds_alternative<event::ContentComplete>(event)) return;
  if (++peers_[peer].contents_complete == contents_of(peer).size()) completed(peer);
}

void ExchangeCrowd::completed(std::uint32_t peer) {
  State& state = peers_[peer];
  if (!state.complete) state.complete = now();
  plan_leaving(peer, Leaving::Kind::when_complete, now());
}

void ExchangeCrowd::stored(const event::ChunkStored& stored) {
  bool all = true, news = false;
  for (std::size_t i = 0; i < contents_.size(); ++i) {
    if (contents_[i].hash() == stored.content) news = copied_[i].set(stored.chunk) || news;
    all = all && copied_[i].all();
  }
  if (!news || !all) return;
  for (std::uint32_t peer = 0; peer < size(); ++peer)
    plan_leaving(peer, Leaving::Kind::when_copied, now());
}

// --- the timeline

std::vector<std::uint32_t> ExchangeCrowd::resolve(const Who& who) const {
  std::vector<std::uint32_t> out;
  for (std::uint32_t peer = 0; peer < size(); ++peer)
    if (group(peer).name == who.group && (who.peer == 0 || who.peer == peers_[peer].number))
      out.push_back(peer);
  return out;
}

std::string ExchangeCrowd::obstacle(Action::Kind kind, std::uint32_t peer) const {
  const HostState state = world_.state(host(peer));
  const bool up = state == HostState::up, down = state == HostState::down;
  switch (kind) {
    case Action::Kind::wipe:
    case Action::Kind::isolate:
      return peers_[peer].lives > 0 ? "" : name_of(peer) + " had not arrived";
    case Action::Kind::start:
      return down ? "" : name_of(peer) + " was up already";
    case Action::Kind::damage:
      for (const auto& [hash, file] : stores_[peer].files())
        if (!file.rows.none()) return "";
      return name_of(peer) + " had no chunk";
    case Action::Kind::crash:
    case Action::Kind::kill:
      return down ? name_of(peer) + " was down" : "";
    case Action::Kind::pause:
    case Action::Kind::stop:
    case Action::Kind::restart:
    case Action::Kind::hand_over:
    case Action::Kind::remove:
    case Action::Kind::partition:
    case Action::Kind::cut:
    case Action::Kind::heal:
    case Action::Kind::disk:
    case Action::Kind::network:
    case Action::Kind::leave:
    case Action::Kind::clock:
    case Action::Kind::copy:
    case Action::Kind::files:
    case Action::Kind::clone:
    case Action::Kind::replay:
      return up ? "" : name_of(peer) + (down ? " was down" : " stood still");
  }
  return "";
}

void ExchangeCrowd::crash(std::uint32_t peer, std::optional<Duration> back) {
  peers_[peer].returns = false;
  end(peer, back);
}

void ExchangeCrowd::pause(std::uint32_t peer, std::optional<Duration> lasting) {
  world_.pause(host(peer));
  if (!lasting) return;
  world_.at(world_.now() + *lasting, [this, peer, pause = ++peers_[peer].pauses] {
    const bool same = peers_[peer].pauses == pause;
    if (same && world_.state(host(peer)) == HostState::paused) world_.resume(host(peer));
  });
}

void ExchangeCrowd::start(std::uint32_t peer) {
  ++peers_[peer].plans;
  live(peer);
}

void ExchangeCrowd::stop(std::uint32_t peer, std::optional<Duration> back) {
  peers_[peer].returns = false;
  if (!honest(peer)) return end(peer, back);
  say_goodbye(peer, back);
}

void ExchangeCrowd::say_goodbye(std::uint32_t peer, std::optional<Duration> back) {
  State& state = peers_[peer];
  state.stopping = true;
  state.back = back;
  world_.call(host(peer), [&](Node& node, Time local, Outbox& out) {
    for (const VirtualContent* content : contents_of(peer))
      static_cast<Peer&>(node).stop(local, content->hash(), out);
  });
  when_idle(peer, world_.starts(host(peer)));
}

void ExchangeCrowd::when_idle(std::uint32_t peer, std::uint32_t start) {
  world_.at(world_.now() + look_again, [this, peer, start] {
    State& state = peers_[peer];
    const auto* node = static_cast<const Peer*>(world_.node(host(peer)));
    if (node == nullptr || !state.stopping || world_.starts(host(peer)) != start) return;
    if (!node->idle() || !stores_[peer].idle()) return when_idle(peer, start);
    end(peer, state.back);
  });
}

void ExchangeCrowd::wipe(std::uint32_t peer, Duration back) {
  crash(peer, back);
  stores_[peer].wipe();
  peers_[peer].complete.reset();
}

void ExchangeCrowd::isolate(std::uint32_t peer, std::optional<Duration> lasting) {
  world_.network().isolate(host(peer));
  if (!lasting) return;
  world_.at(world_.now() + *lasting, [this, peer, number = ++peers_[peer].isolations] {
    if (peers_[peer].isolations == number) world_.network().rejoin(host(peer));
  });
}

void ExchangeCrowd::damage(std::uint32_t peer, std::uint64_t key) {
  std::vector<std::pair<InfoHash, std::uint32_t>> there;
  for (const auto& [hash, file] : stores_[peer].files())
    file.rows.for_each(
        [&, &content = hash](std::uint32_t chunk) { there.emplace_back(content, chunk); });
  const auto chosen = draw_below(seed_, Draw::damage, there.size(), peer, key);
  stores_[peer].damage(there[chosen].first, there[chosen].second);
}

// --- the end

std::uint64_t ExchangeCrowd::damage_found() const {
  std::uint64_t all = 0;
  for (const auto& store : stores_) all += store.damage_found();
  return all;
}

std::vector<PeerOutcome> ExchangeCrowd::outcomes() const {
  std::vector<PeerOutcome> out;
  for (std::uint32_t peer = 0; peer < size(); ++peer) {
    const State& state = peers_[peer];
    PeerOutcome outcome;
    outcome.group = state.group->name;
    outcome.peer = name_of(peer);
    outcome.honest = honest(peer);
    outcome.arrived = state.arrived;
    outcome.complete = state.complete;
    outcome.size = state.size;
    outcome.missing = state.missing;
    outcome.starts = world_.starts(host(peer));
    outcome.gone = state.gone;
    out.push_back(std::move(outcome));
  }
  return out;
}

std::string ExchangeCrowd::lacks(std::uint32_t peer) const {
  std::uint32_t had = 0, all = 0, nowhere = 0;
  for (const VirtualContent* content : contents_of(peer)) {
    const auto has = [&](std::uint32_t other, std::uint32_t chunk) {
      const auto* file = stores_[other].find(content->hash());
      return file != nullptr && file->metainfo && file->rows.test(chunk);
    };
    for (std::uint32_t chunk = 0; chunk < content->chunks(); ++chunk, ++all) {
      had += has(peer, chunk) ? 1 : 0;
      bool somewhere = false;
      for (std::uint32_t other = 0; other < size() && !somewhere; ++other)
        somewhere = world_.up(host(other)) && honest(other) && has(other, chunk);
      nowhere += somewhere ? 0 : 1;
    }
  }
  std::string text = fmt::format("{} of {} chunks", had, all);
  if (nowhere > 0) text += fmt::format(", {} of them are at nobody who is up", nowhere);
  return text;
}

}  // namespace swarm::sim
