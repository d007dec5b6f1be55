// The peers of a run that exchange contents. They arrive with some of the chunks, fetch the rest,
// leave and come back. Actions of the timeline can hit them. Peer i has the address 10.128.0.0 + i.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "engine/peer/peer_settings.hpp"
#include "transport/sim/actors/crowd.hpp"
#include "transport/sim/actors/draw.hpp"
#include "transport/sim/scenario/result.hpp"
#include "transport/sim/scenario/scenario.hpp"
#include "transport/sim/world/virtual_store.hpp"
#include "transport/sim/world/world.hpp"

namespace swarm::sim {

class ExchangeCrowd final : public Crowd {
 public:
  // Makes the contents, and adds the peers' hosts to the world.
  ExchangeCrowd(const Scenario& scenario, std::uint64_t seed, World& world);

  void schedule() override;

  std::uint32_t size() const { return static_cast<std::uint32_t>(peers_.size()); }
  bool has(HostId host) const override { return host.value - first_.value < size(); }
  std::uint32_t peer_of(HostId host) const { return host.value - first_.value; }
  HostId host(std::uint32_t peer) const { return {first_.value + peer}; }
  const PeerGroup& group(std::uint32_t peer) const { return *peers_[peer].group; }
  bool honest(std::uint32_t peer) const { return group(peer).behaviour == PeerBehaviour::honest; }
  std::string name_of(std::uint32_t peer) const;
  const VirtualStore& store(std::uint32_t peer) const { return stores_[peer]; }
  const std::vector<VirtualContent>& contents() const { return contents_; }

  void event(HostId host, const swarm::Event& event) override;
  Endpoint endpoint(HostId host) const override { return world_.address(host, Channel::peers); }

  // For the timeline. Peers are numbered from 0 here.
  std::vector<std::uint32_t> resolve(const Who& who) const;
  // Says why this action is not possible on the peer now. Empty if it is possible.
  std::string obstacle(Action::Kind kind, std::uint32_t peer) const;
  void crash(std::uint32_t peer, std::optional<Duration> back);
  void pause(std::uint32_t peer, std::optional<Duration> lasting);
  void start(std::uint32_t peer);
  void stop(std::uint32_t peer, std::optional<Duration> back);  // ends it in good order
  void wipe(std::uint32_t peer, Duration back);
  void isolate(std::uint32_t peer, std::optional<Duration> lasting);
  void damage(std::uint32_t peer, std::uint64_t key);  // `key` is unique to the action

  std::uint64_t damage_found() const;  // damaged chunks found by all stores together
  // The caller fills in PeerOutcome::sent and PeerOutcome::received.
  std::vector<PeerOutcome> outcomes() const;
  // Says why a peer is not complete: "12 of 64 chunks", and how many chunks are on no honest peer
  // that is up.
  std::string lacks(std::uint32_t peer) const;

  std::unique_ptr<Node> boot(HostId host, std::uint32_t start) override;
  std::string name(HostId host) const override { return name_of(peer_of(host)); }

 private:
  struct State {
    const PeerGroup* group{};
    std::uint32_t number{};  // in its group, from 1
    const PeerSettings* settings{};
    std::optional<Duration> arrived, complete;
    std::uint32_t contents_complete{};
    std::uint64_t size{}, missing{};
    std::uint32_t plans{};  // number of the last plan to start it; older plans are void
    std::uint32_t lives{};  // arrivals and returns so far
    std::uint32_t pauses{}, isolations{};
    std::optional<Duration> back;  // the time from the end of a stop to the next start
    bool stopping{}, gone{};
    bool returns{};  // true: the peer's next start begins a new life; false: its life goes on
  };

  void add_group(const PeerGroup& group, const PeerSettings& settings);
  void give(std::uint32_t peer);  // puts the chunks with which the peer arrives on its disk
  Bitmap drawn_chunks(const InitialChunks& has, std::uint32_t chunks, std::uint64_t key) const;
  std::vector<const VirtualContent*> contents_of(std::uint32_t peer) const;
  void live(std::uint32_t peer);
  void begin(std::uint32_t peer);
  void exchange(std::uint32_t peer);
  void plan_leaving(std::uint32_t peer, Leaving::Kind kind, Duration from);
  void leave(std::uint32_t peer);
  void when_idle(std::uint32_t peer, std::uint32_t start);
  void say_goodbye(std::uint32_t peer, std::optional<Duration> back);
  void end(std::uint32_t peer, std::optional<Duration> back);
  void start_in(std::uint32_t peer, Duration back);
  void stored(const event::ChunkStored& stored);
  void completed(std::uint32_t peer);
  Duration drawn(Draw purpose, const Range<Duration>& range, std::uint32_t peer) const;
  Duration now() const { return world_.now().time_since_epoch(); }

  const Scenario& scenario_;
  std::uint64_t seed_;
  World& world_;
  HostId first_;
  std::vector<VirtualContent> contents_;
  std::vector<Bitmap> copied_;         // per content: the chunks that some peer fetched and stored
  std::deque<PeerSettings> settings_;  // per group
  std::deque<VirtualStore> stores_;    // per peer
  std::vector<State> peers_;
};

}  // namespace swarm::sim
