#include "transport/sim/actors/client_crowd.hpp"

#include <fmt/format.h>

#include <map>

#include "transport/sim/actors/announcing_crowd.hpp"
#include "transport/sim/actors/start_draw.hpp"

namespace swarm::sim {
namespace {

constexpr std::uint32_t clients_network = 0x0ac00000;  // 10.192.0.0
constexpr std::uint16_t listening_port = 51413;        // the port that a client announces
constexpr std::uint16_t source_port = 40000;           // the port from which it asks trackers
constexpr Duration never_goes = Duration::max();
constexpr Duration farewell = 3s;  // from `stopped` to the end of the process, answered or not

std::string text_of(wire::AnnounceEvent event) {
  static constexpr std::array names{"none", "completed", "started", "stopped"};
  return names[static_cast<std::size_t>(event)];
}

}  // namespace

ClientCrowd::ClientCrowd(const Scenario& scenario, std::uint64_t seed, World& world)
    : scenario_(scenario),
      seed_(seed),
      world_(world),
      first_{static_cast<std::uint32_t>(world.hosts())} {
  std::map<std::string_view, std::uint32_t> of_kind;
  for (std::uint32_t i = 0; i < scenario.clients.count; ++i) {
    clients_.push_back(make(i));
    clients_.back().number = ++of_kind[clients_.back().settings.habits->kind];
    HostSettings settings;
    settings.ip = clients_network + i;
    settings.peers_port = static_cast<std::uint16_t>(source_port + i % 1000);
    settings.boot = this;
    world.add_host(settings);
  }
}

ClientCrowd::Client ClientCrowd::make(std::uint32_t client) const {
  const auto& kinds = scenario_.clients.kinds;
  const auto all = client_habits();
  const std::size_t n = kinds.empty() ? all.size() : kinds.size();
  const std::size_t kind = client % n;
  Client made;
  made.settings.habits = kinds.empty() ? &all[kind] : find_habits(kinds[kind]);
  made.settings.tiers = tiers(client);
  made.settings.content = content_hash(
      seed_, draw_below(seed_, Draw::peer_content, scenario_.swarm.contents, host(client).value));
  made.settings.port = static_cast<std::uint16_t>(listening_port + client % 1000);
  return made;
}

// A client knows the founders and the trackers on standby.
std::vector<Endpoint> ClientCrowd::tiers(std::uint32_t client) const {
  using Trackers = ClientModel::Trackers;
  const std::uint32_t n = scenario_.swarm.trackers + scenario_.swarm.standby;
  const auto known = scenario_.clients.trackers;
  // Each client of a kind begins with the tracker after that of the kind's previous client,
  // whatever the number of kinds.
  const auto kinds = static_cast<std::uint32_t>(
      scenario_.clients.kinds.empty() ? client_habits().size() : scenario_.clients.kinds.size());
  const std::uint32_t first = known == Trackers::in_order ? 0 : client / kinds + client % kinds;
  std::vector<Endpoint> out;
  for (std::uint32_t i = 0; i < (known == Trackers::one ? 1 : n); ++i)
    out.push_back(world_.address({(first + i) % n}, Channel::peers));
  return out;
}

Endpoint ClientCrowd::endpoint(HostId host) const {
  return {world_.address(host, Channel::peers).ip, clients_[client_of(host)].settings.port};
}

std::string ClientCrowd::name(HostId host) const {
  const Client& client = clients_[client_of(host)];
  return fmt::format("{}-{}", client.settings.habits->kind, client.number);
}

std::unique_ptr<Node> ClientCrowd::boot(HostId host, std::uint32_t start) {
  Client& client = clients_[client_of(host)];
  return std::make_unique<Bep15Client>(client.settings, start_draw(seed_, host, start), client.log);
}

// --- their lives -------------------------------------------------------------------------------

Duration ClientCrowd::drawn(Draw purpose, const Range<Duration>& range,
                            std::uint32_t client) const {
  return draw_between(seed_, purpose, range.low, range.high, client);
}

void ClientCrowd::schedule() {
  for (std::uint32_t client = 0; client < size(); ++client)
    world_.at(TrueTime(drawn(Draw::client_arrival, scenario_.clients.arrive, client)),
              [this, client] { arrive(client); });
}

template <class Verb>
void ClientCrowd::call_in(std::uint32_t client, Duration wait, Verb verb) {
  world_.at(world_.now() + wait, [this, client, verb] {
    world_.call(host(client), [verb](Node& node, Time local, Outbox& out) {
      verb(static_cast<Bep15Client&>(node), local, out);
    });
  });
}

void ClientCrowd::arrive(std::uint32_t client) {
  world_.start(host(client));
  const auto& model = scenario_.clients;
  const auto complete = [](Bep15Client& node, Time local, Outbox& out) {
    node.complete(local, out);
  };
  const Duration stays = model.stays ? drawn(Draw::client_stays, *model.stays, client) : never_goes;
  if (model.completes)
    if (const Duration takes = drawn(Draw::client_completes, *model.completes, client);
        takes < stays)
      call_in(client, takes, complete);
  if (stays != never_goes) world_.at(world_.now() + stays, [this, client] { go(client); });
}

void ClientCrowd::go(std::uint32_t client) {
  clients_[client].gone = now();
  call_in(client, 0s, [](Bep15Client& node, Time local, Outbox& out) { node.leave(local, out); });
  world_.at(world_.now() + farewell, [this, client] { world_.crash(host(client)); });
}

// --- the end -----------------------------------------------------------------------------------

std::vector<ClientOutcome> ClientCrowd::outcomes() const {
  std::vector<ClientOutcome> out;
  for (std::uint32_t i = 0; i < size(); ++i) {
    const Client& client = clients_[i];
    for (const auto& announce : client.log.announces) {
      ClientOutcome one;
      one.kind = client.settings.habits->kind;
      one.client = name(host(i));
      one.event = text_of(announce.event);
      one.wanted = announce.wanted.time_since_epoch();
      if (announce.answered != never) one.answered = announce.answered.time_since_epoch();
      one.until = client.gone.value_or(now());
      one.datagrams = announce.datagrams;
      one.peers = announce.peers;
      out.push_back(std::move(one));
    }
  }
  return out;
}

std::uint64_t ClientCrowd::turns() const {
  std::uint64_t all = 0;
  for (const auto& client : clients_) all += client.log.turns;
  return all;
}

}  // namespace swarm::sim
