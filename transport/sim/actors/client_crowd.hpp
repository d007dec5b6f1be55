// The clients of BEP 15 of a run. They arrive, announce themselves to the trackers that they know,
// complete their download after a while, and leave. Client i has the address 10.192.0.0 + i.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "transport/sim/actors/bep15_client.hpp"
#include "transport/sim/actors/crowd.hpp"
#include "transport/sim/actors/draw.hpp"
#include "transport/sim/scenario/result.hpp"
#include "transport/sim/scenario/scenario.hpp"
#include "transport/sim/world/world.hpp"

namespace swarm::sim {

class ClientCrowd final : public Crowd {
 public:
  // Adds the clients' hosts to the world. The hosts of the trackers must be the first in the world.
  ClientCrowd(const Scenario& scenario, std::uint64_t seed, World& world);

  void schedule() override;

  std::uint32_t size() const { return static_cast<std::uint32_t>(clients_.size()); }
  bool has(HostId host) const override { return host.value - first_.value < size(); }
  const ClientLog& log(HostId host) const { return clients_[client_of(host)].log; }
  const InfoHash& content(HostId host) const { return clients_[client_of(host)].settings.content; }
  Endpoint endpoint(HostId host) const override;  // with the port that the client announces
  // False, because each kind of client waits in its own way. Only the expectation `answered` judges
  // how long clients wait.
  bool waits_are_judged() const override { return false; }

  // The outcomes are sorted by client, and for each client by ClientOutcome::wanted. The caller
  // fills in ClientOutcome::fault.
  std::vector<ClientOutcome> outcomes() const;
  std::uint64_t turns() const;  // how often all clients together turned to another tracker

  std::unique_ptr<Node> boot(HostId host, std::uint32_t start) override;
  std::string name(HostId host) const override;

 private:
  struct Client {
    ClientSettings settings;
    ClientLog log;
    std::uint32_t number{};  // among the clients of its kind, from 1
    std::optional<Duration> gone;
  };

  std::uint32_t client_of(HostId host) const { return host.value - first_.value; }
  HostId host(std::uint32_t client) const { return {first_.value + client}; }
  Client make(std::uint32_t client) const;
  std::vector<Endpoint> tiers(std::uint32_t client) const;
  void arrive(std::uint32_t client);
  template <class Verb>
  void call_in(std::uint32_t client, Duration wait, Verb verb);
  void go(std::uint32_t client);
  Duration drawn(Draw purpose, const Range<Duration>& range, std::uint32_t client) const;
  Duration now() const { return world_.now().time_since_epoch(); }

  const Scenario& scenario_;
  std::uint64_t seed_;
  World& world_;
  HostId first_;
  std::deque<Client> clients_;
};

}  // namespace swarm::sim
