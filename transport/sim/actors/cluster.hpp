// The trackers of a run: their hosts, disks, supervisors, and what can be done to them. Trackers
// count from 1, as their names do: t1 at 10.0.0.1. Those of `standby` follow behind the others.
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
  // Adds the hosts to the world, before any other host. Both outlive the cluster's use.
  Cluster(const Scenario& scenario, std::uint64_t seed, World& world);

  std::uint32_t size() const { return static_cast<std::uint32_t>(trackers_.size()); }
  HostId host(std::uint32_t tracker) const { return {tracker - 1}; }
  bool is_tracker(HostId host) const { return host.value < size(); }
  std::uint32_t tracker_of(HostId host) const { return host.value + 1; }
  static std::string name_of(std::uint32_t tracker) { return "t" + std::to_string(tracker); }
  const TrackerSettings& settings() const { return scenario_.tracker; }
  const Secret& secret() const { return secret_; }

  Tracker* tracker(std::uint32_t tracker);  // null while it is down
  bool up(std::uint32_t tracker) const { return world_.up(host(tracker)); }
  // Up, or a founder that is about to start.
  bool present(std::uint32_t tracker) const {
    return started_ ? up(tracker) : tracker <= scenario_.swarm.trackers;
  }
  bool down(std::uint32_t tracker) const { return world_.state(host(tracker)) == HostState::down; }
  db::SqliteTrackerDb& database(std::uint32_t tracker) { return state(tracker).directory.log(); }
  // It was no founder, or its disk was wiped: it comes in by joining.
  bool joins(std::uint32_t tracker) const { return trackers_[tracker - 1].joins; }

  // The serving master of the highest term, or else a master of the highest term; 0: none.
  std::uint32_t master();

  // Called when a process has ended, whatever the reason; its view is gone by then. `wiped`: what
  // is on its disk is not what it was, either.
  std::function<void(std::uint32_t tracker, bool wiped)> on_end;
  // Called when a tracker has ended because of what is on its disk, and is not started again.
  std::function<void(std::uint32_t tracker, const std::string& why)> on_refusal;

  void start_all();                   // but those on standby
  void start(std::uint32_t tracker);  // also ends a pause; nothing when it is up
  // Power loss: silence. Without `back` it stays down until it is started.
  void crash(std::uint32_t tracker, std::optional<Duration> back);
  // The process dies; its supervisor reaps it, says DEAD three times, and restarts it.
  void kill(std::uint32_t tracker, Duration back);
  void pause(std::uint32_t tracker, std::optional<Duration> lasting, bool clock_too);
  // It drains, hands over and exits; with `back` it is started again so long after that.
  void stop(std::uint32_t tracker, std::optional<Duration> back);
  // For good: it hands over, is taken out of the CONFIG and exits. False: it cannot.
  bool leave(std::uint32_t tracker);
  void wipe(std::uint32_t tracker, Duration back);
  void retire(std::uint32_t tracker);  // wiped, and on standby from here on
  // A copy of its directory is kept; the one before goes.
  void copy(std::uint32_t tracker) { state(tracker).copy = state(tracker).directory.copy(); }
  bool has_copy(std::uint32_t tracker) const { return trackers_[tracker - 1].copy.log != nullptr; }
  // See Directory::is_noticed, of that copy.
  bool is_noticed(std::uint32_t tracker, Action::File file) const;
  // Power loss; at the start that file is lost, or is the one of the copy.
  void change_files(std::uint32_t tracker, Action::File file, bool older, Duration back);
  // The directory of one as it is now is that of the other, which is down and starts with it.
  void clone(std::uint32_t tracker, std::uint32_t onto);
  bool hand_over(std::uint32_t tracker);
  bool remove(std::uint32_t tracker);  // by the master; false: not possible now

  // From Observer::stepped: it takes no part any more.
  void refused(std::uint32_t tracker, event::Refused::Why why);
  std::uint64_t refusals() const { return refusals_; }

  // From Observer::exited: the node asked for its end.
  void exited(std::uint32_t tracker, Tracker& node);

  void step_clock(std::uint32_t tracker, Duration by);

  // Its clock stood still a moment ago: how long its lease lasts it does not know.
  bool lease_is_unsure(std::uint32_t tracker) const;
  // That, or its clock has leapt forward: what it promised before ends sooner.
  bool promise_is_unsure(std::uint32_t tracker) const;

  std::unique_ptr<Node> boot(HostId host, std::uint32_t start) override;
  void before_answers_leave(HostId host, const Node& node, Time local, Outbox& out) override;
  std::string name(HostId host) const override { return name_of(tracker_of(host)); }
  std::unique_ptr<db::TrackerDb> tracker_db(HostId host, std::uint32_t generation) override;
  std::unique_ptr<db::BallotDb> ballot_db(HostId host, std::uint32_t generation) override;

 private:
  struct State {
    std::uint32_t power_losses{};  // a supervisor does not survive them
    std::uint32_t plans{};         // to start it: only the last one counts
    std::uint32_t pauses{};        // only the last one ends by its time
    TrueTime unsure_until{};       // see lease_is_unsure()
    TrueTime leapt_until{};        // see promise_is_unsure()
    bool joins{};                  // on standby or wiped: no founder
    bool stopping{};
    std::optional<Duration> back;  // after stopping
    Directory directory;
    Directory::Copy copy;
    RestartBackOff back_off{RestartBackOff::Settings{}};  // of its supervisor
    TrueTime born{};
  };

  HostSettings host_settings(std::uint32_t tracker);
  TrackerSettings tracker_settings(std::uint32_t tracker) const;
  void announce_death(std::uint32_t tracker, const Tracker& node);
  void ended(std::uint32_t tracker, bool wiped);
  void lose_power(std::uint32_t tracker);  // its supervisor, too
  void start_in(std::uint32_t tracker, Duration back);
  void end_refused(std::uint32_t tracker, const std::string& why, bool may_rejoin);
  State& state(std::uint32_t tracker) { return trackers_.at(tracker - 1); }

  const Scenario& scenario_;
  std::uint64_t seed_;
  World& world_;
  std::vector<State> trackers_;
  Secret secret_{};
  std::uint64_t deaths_ = 0, refusals_ = 0;
  bool started_ = false;
};

}  // namespace swarm::sim
