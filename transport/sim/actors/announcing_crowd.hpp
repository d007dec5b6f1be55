// The peers of a run that only announce. They arrive, register contents, complete them, leave, and
// come back as new peers. The crowd also has the probe, a host that sends new registrations before
// and after each measured fault.
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
  // Adds the crowd's hosts to the world, which must have the trackers' hosts already. Peer i has
  // the address 10.1.0.0 + i. The probe has the address after the last peer's.
  AnnouncingCrowd(const Scenario& scenario, std::uint64_t seed, World& world);

  void schedule() override;
  // A measured fault is planned for this time. The probe starts Probe::before earlier.
  void expect_fault(Duration planned);
  // A measured fault has happened. The probe goes on until Probe::tail after the first answer. If
  // no answer comes, it goes on until `until`.
  void fault(Duration until);
  void served();  // the first answer after the fault has come
  void hush();    // isolates all peers and the probe

  bool is_probe(HostId host) const { return has_probe_ && host == probe_; }
  bool has(HostId host) const override {
    return host.value - first_.value < scenario_.swarm.peers || is_probe(host);
  }
  Endpoint endpoint(HostId host) const override { return world_.address(host, Channel::peers); }
  // The true times at which the probe sent those registrations that were never answered.
  std::vector<Duration> never_answered();

  std::unique_ptr<Node> boot(HostId host, std::uint32_t start) override;
  std::string name(HostId host) const override;

 private:
  HostId host(std::uint32_t peer) const { return {first_.value + peer}; }
  std::uint32_t peer_of(HostId host) const { return host.value - first_.value; }
  Endpoint asked_by(std::uint32_t peer) const;
  Duration arrival(std::uint32_t peer) const;
  void arrive(std::uint32_t peer);  // also schedules the next peer's arrival
  void begin(std::uint32_t peer);   // begins a life of the peer
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
  std::vector<PeerSettings> peer_settings_;  // one per founder; the peers keep references to them
  std::uint64_t seed_;
  World& world_;
  HostId first_;
  HostId probe_;
  bool has_probe_ = false;
  Duration last_fault_ = Duration::min();
  Duration expected_until_{};  // until this time the probe is on because a fault is planned
  Duration measured_until_{};  // until this time it is on because a fault has happened
};

// The info-hash of content number `n` of a run.
InfoHash content_hash(std::uint64_t seed, std::uint64_t n);

}  // namespace swarm::sim
