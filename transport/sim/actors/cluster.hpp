// The trackers of a run: their hosts, disks and supervisors. The Director uses this class to start
// and stop trackers and to let them fail. Trackers are numbered from 1, like their names: t1 has
// the address 10.0.0.1. The standby trackers have the highest numbers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/tracker/tracker.hpp"
#include "transport/restart_back_off.hpp"
#include "transport/sim/actors/directory.hpp"
#include "transport/sim/scenario/scenario.hpp"
#include "transport/sim/world/world.hpp"

namespace swarm::sim {

inline constexpr Endpoint multicast_group{0xefff0001, 6969};  // 239.255.0.1
inline constexpr Endpoint peers_address(std::uint32_t tracker) {
  return {0x0a000000 + tracker, 6969};
}

class Cluster final : public Boot, public Store {
 public:
  // Adds the trackers' hosts to the world, which must not have any host yet. The scenario and the
  // world must outlive the cluster.
  Cluster(const Scenario& scenario, std::uint64_t seed, World& world);

  std::uint32_t size() const { return static_cast<std::uint32_t>(trackers_.size()); }
  HostId host(std::uint32_t tracker) const { return {tracker - 1}; }
  bool is_tracker(HostId host) const { return host.value < size(); }
  std::uint32_t tracker_of(HostId host) const { return host.value + 1; }
  static std::string name_of(std::uint32_t tracker) { return "t" + std::to_string(tracker); }
  const TrackerSettings& settings() const { return scenario_.tracker; }
  wire::Seal seal() const { return {secret_, scenario_.tracker.cipher}; }

  Tracker* tracker(std::uint32_t tracker);  // null while it is down
  bool up(std::uint32_t tracker) const { return world_.up(host(tracker)); }
  // True if the tracker is up. Before start_all(), true if the tracker is a founder.
  bool present(std::uint32_t tracker) const {
    return started_ ? up(tracker) : tracker <= scenario_.swarm.trackers;
  }
  bool down(std::uint32_t tracker) const { return world_.state(host(tracker)) == HostState::down; }
  db::SqliteTrackerDb& database(std::uint32_t tracker) { return state(tracker).directory.log(); }
  // True if the tracker joins the swarm when it starts: it is no founder, or its disk was wiped.
  bool joins(std::uint32_t tracker) const { return trackers_[tracker - 1].joins; }

  // The serving master with the highest term. If no master serves, the master with the highest
  // term. 0 if there is no master.
  std::uint32_t master();

  // Called when a tracker's process has ended, for whatever reason. The process's view no longer
  // exists. `wiped`: the disk no longer holds what the process wrote.
  std::function<void(std::uint32_t tracker, bool wiped)> on_end;
  // Called when a tracker has ended because of what is on its disk. The cluster does not start it
  // again, with one exception: if `swarm.rejoin` is set and the tracker's own files are wrong, the
  // cluster wipes the tracker, which then joins.
  std::function<void(std::uint32_t tracker, const std::string& why)> on_refusal;

  void start_all();                   // starts all trackers except those on standby
  void start(std::uint32_t tracker);  // also ends a pause; does nothing if the tracker is up
  // Power loss. Nobody tells the other trackers. Without `back` the tracker stays down until
  // start().
  void crash(std::uint32_t tracker, std::optional<Duration> back);
  // The process dies. Its supervisor reaps it, sends DEAD three times, and restarts it.
  void kill(std::uint32_t tracker, Duration back);
  void pause(std::uint32_t tracker, std::optional<Duration> lasting, bool clock_too);
  // The tracker drains, hands over and exits. With `back` it starts again that long after its exit.
  void stop(std::uint32_t tracker, std::optional<Duration> back);
  // The tracker leaves the swarm for good: it hands over, is taken out of the CONFIG and exits.
  // Returns false if it cannot leave now.
  bool leave(std::uint32_t tracker);
  void wipe(std::uint32_t tracker, Duration back);
  void retire(std::uint32_t tracker);  // wipes the tracker, and leaves it on standby
  // Keeps a copy of the tracker's directory, in place of the previous copy.
  void copy(std::uint32_t tracker) { state(tracker).copy = state(tracker).directory.copy(); }
  bool has_copy(std::uint32_t tracker) const { return trackers_[tracker - 1].copy.log != nullptr; }
  // The result of Directory::is_noticed() for the kept copy.
  bool is_noticed(std::uint32_t tracker, Action::File file) const;
  // Power loss. At the next start this file is missing. With `older` it is the file of the kept
  // copy instead.
  void change_files(std::uint32_t tracker, Action::File file, bool older, Duration back);
  // Copies the directory of `tracker`, as it is now, to `onto`, and starts `onto`, which must be
  // down.
  void clone(std::uint32_t tracker, std::uint32_t onto);
  bool hand_over(std::uint32_t tracker);
  bool remove(std::uint32_t tracker);  // asks the master to remove it; false: not possible now

  // Call this from Observer::stepped, when the tracker has refused to take part.
  void refused(std::uint32_t tracker, event::Refused::Why why);
  std::uint64_t refusals() const { return refusals_; }

  // Call this from Observer::exited, when the node has asked its host to end it.
  void exited(std::uint32_t tracker, Tracker& node);

  void step_clock(std::uint32_t tracker, Duration by);

  // True if the tracker's clock stood still a short time ago. Such a tracker does not know when its
  // lease ends.
  bool lease_is_unsure(std::uint32_t tracker) const;
  // True if lease_is_unsure(), or if the tracker's clock leapt forward a short time ago. After a
  // leap the tracker's earlier promises end too soon.
  bool promise_is_unsure(std::uint32_t tracker) const;

  std::unique_ptr<Node> boot(HostId host, std::uint32_t start) override;
  void before_answers_leave(HostId host, const Node& node, Time local, Outbox& out) override;
  std::string name(HostId host) const override { return name_of(tracker_of(host)); }
  std::unique_ptr<db::TrackerDb> tracker_db(HostId host, std::uint32_t generation) override;
  std::unique_ptr<db::BallotDb> ballot_db(HostId host, std::uint32_t generation) override;

 private:
  struct State {
    std::uint32_t power_losses{};  // number of power losses; each also ended the supervisor
    std::uint32_t plans{};         // number of the last plan to start it; older plans are void
    std::uint32_t pauses{};        // number of the last pause; only that pause ends by itself
    TrueTime unsure_until{};       // see lease_is_unsure()
    TrueTime leapt_until{};        // see promise_is_unsure()
    bool joins{};                  // see Cluster::joins()
    bool stopping{};
    std::optional<Duration> back;  // the time from the end of a stop to the next start
    Directory directory;
    Directory::Copy copy;
    RestartBackOff back_off{RestartBackOff::Settings{}};  // the supervisor's
    TrueTime born{};
  };

  HostSettings host_settings(std::uint32_t tracker);
  TrackerSettings tracker_settings(std::uint32_t tracker) const;
  void announce_death(std::uint32_t tracker, const Tracker& node);
  void ended(std::uint32_t tracker, bool wiped);
  void lose_power(std::uint32_t tracker);  // also ends the supervisor
  void start_in(std::uint32_t tracker, Duration back);
  void end_refused(std::uint32_t tracker, const std::string& why, bool may_rejoin);
  State& state(std::uint32_t tracker) { return trackers_.at(tracker - 1); }

  const Scenario& scenario_;
  std::uint64_t seed_;
  World& world_;
  std::vector<State> trackers_;
  Secret secret_{};
  StepNonces nonces_{seed_};  // of certificates
  std::uint64_t deaths_ = 0, refusals_ = 0;
  bool started_ = false;
};

}  // namespace swarm::sim
