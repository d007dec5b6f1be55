// The peers of a run and what they do: they arrive, register contents, complete them, leave, come
// back as others; and the probe, which sends new registrations around measured faults.
#pragma once

#include <string>
#include <vector>

#include "engine/peer/peer_settings.hpp"
#include "transport/sim/actors/crowd.hpp"
#include "transport/sim/actors/draw.hpp"
#include "transport/sim/actors/probe_peer.hpp"
#include "transport/sim/scenario/scenario.hpp"
#include "transport/sim/world/world.hpp"

namespace swarm::sim {

class AnnouncingCrowd final : public Crowd {
 public:
  // Adds the hosts, behind those of the trackers: peer i at 10.1.0.0 + i, the probe behind them.
  AnnouncingCrowd(const Scenario& scenario, std::uint64_t seed, World& world);

  void schedule() override;
  // The probe sends from `before` this time on, where a measured fault is planned.
  void expect_fault(Duration planned);
  // It has happened: the probe goes on until the first answer, and `tail`; without one until then.
  void fault(Duration until);
  void served();
  void hush();  // nobody hears the peers any more

  bool is_probe(HostId host) const { return has_probe_ && host == probe_; }
  bool has(HostId host) const override {
    return host.value - first_.value < scenario_.swarm.peers || is_probe(host);
  }
  Endpoint endpoint(HostId host) const override { return world_.address(host, Channel::peers); }
  // When the probe sent each registration that was never answered.
  std::vector<Duration> never_answered();

  std::unique_ptr<Node> boot(HostId host, std::uint32_t start) override;
  std::string name(HostId host) const override;

 private:
  enum class Life : std::uint8_t { join, join_and_complete, declare };

  HostId host(std::uint32_t peer) const { return {first_.value + peer}; }
  std::uint32_t peer_of(HostId host) const { return host.value - first_.value; }
  Endpoint asked_by(std::uint32_t peer) const;
  Duration arrival(std::uint32_t peer) const;
  void arrive(std::uint32_t peer);  // and see that the next one does
  void begin(std::uint32_t peer);   // a life
  void register_contents(std::uint32_t peer, std::uint64_t life);
  void plan_end(std::uint32_t peer, std::uint64_t life);
  void end(std::uint32_t peer, std::uint64_t life);
  void when_idle(std::uint32_t peer, std::uint64_t life);
  void come_back(std::uint32_t peer, std::uint64_t life, Duration pause);
  std::vector<InfoHash> contents_of(std::uint32_t peer, std::uint64_t life) const;
  std::uint64_t number_of_life(std::uint32_t peer) const { return world_.starts(host(peer)); }
  ProbePeer* probe_peer() { return static_cast<ProbePeer*>(world_.node(probe_)); }
  void turn_probe_off_at(Duration at);
  void turn_probe(bool on);
  Duration now() const { return world_.now().time_since_epoch(); }

  template <class Verb>
  void call(std::uint32_t peer, const Verb& verb);

  const Scenario& scenario_;
  std::vector<PeerSettings> peer_settings_;  // of those who ask each tracker; peers refer to them
  std::uint64_t seed_;
  World& world_;
  HostId first_;
  HostId probe_;
  bool has_probe_ = false;
  Duration last_fault_ = Duration::min();
  Duration expected_until_{};  // the probe awaits a planned fault
  Duration measured_until_{};  // or an answer after one
};

// The content number `n` of a run.
InfoHash content_hash(std::uint64_t seed, std::uint64_t n);

}  // namespace swarm::sim
