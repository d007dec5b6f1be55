// Carries out the faults of a scenario: the actions of its timeline, and the random faults of soak
// runs.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "transport/sim/actors/cluster.hpp"
#include "transport/sim/actors/exchange_crowd.hpp"
#include "transport/sim/actors/recorder.hpp"
#include "transport/sim/director/roles.hpp"
#include "transport/sim/scenario/result.hpp"
#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

class Director {
 public:
  // A fault that is about to be carried out; `at` is in true time.
  struct Fault {
    std::string label;                    // the label of the action
    std::string kind;                     // "crash", ...
    std::vector<std::uint32_t> trackers;  // the trackers that it hits; empty: the whole network
    Duration at{};
    std::optional<Duration> lasting;  // empty: until another action ends it
    std::string peers{};              // the peers that it hits; empty if it hits trackers
  };
  using Report = std::function<void(const Fault&)>;

  // `peers`: the peers of the exchange. `recorder`: the host that plays recordings. Each is null if
  // the scenario has none.
  Director(const Scenario& scenario, std::uint64_t seed, World& world, Cluster& cluster,
           Report report, ExchangeCrowd* peers = nullptr, Recorder* recorder = nullptr);

  // Schedules all actions and random faults in the world. Called once, before the run.
  void schedule();

  // When each action of the timeline is planned in this run.
  Duration planned(std::size_t action) const { return planned_[action]; }
  // True if there is no partition, if the tracker is in the largest group of the partition, or if
  // it is in none of the groups.
  bool in_majority(std::uint32_t tracker) const;
  // True if no partition, cut, isolation or hanging disk is in force.
  bool healthy() const;
  // The actions of the timeline that could not be carried out, each with its reason: no tracker had
  // the role for five seconds, or before the end of the run; the tracker was down, or up already;
  // the master refused. If an action names several trackers, there is an entry for each tracker
  // that it could not hit. The action still hit the other trackers.
  std::vector<NotHappened> not_happened() const;
  // For each kind of random fault in the scenario: how many happened, which may be 0.
  std::map<std::string, std::uint64_t> random_faults() const;
  std::uint64_t disks_hung() const { return disks_hung_; }  // how many times a disk began to hang

 private:
  struct Chosen {
    std::vector<std::uint32_t> who, from, to;
    std::vector<std::vector<std::uint32_t>> groups;
    bool complete = true;
    bool nobody = false;  // true: there is no tracker that the action could hit
    std::vector<std::uint32_t> all() const;
  };

  void attempt(std::size_t action, Duration until);
  Chosen choose(const Action& action);
  std::string obstacle(Action::Kind kind, std::uint32_t tracker);
  void take_out_impossible(const Action& action, Chosen& chosen);
  void did_not_happen(const Action& action, const std::string& why);
  void carry_out(const Action& action, const Chosen& chosen, std::optional<Duration> lasting);
  void apply_random(const Action& action, const Chosen& chosen, std::optional<Duration> lasting);
  void apply(const Action& action, std::uint32_t tracker, std::optional<Duration> lasting);
  void apply_to_peers(const Action& action, std::optional<Duration> lasting);
  void apply_to_peer(const Action& action, std::uint32_t peer, std::optional<Duration> lasting);
  void partition(const std::vector<std::vector<std::uint32_t>>& groups,
                 std::optional<Duration> lasting);
  void isolate(std::uint32_t tracker, std::optional<Duration> lasting);
  void cut(const std::vector<std::uint32_t>& from, const std::vector<std::uint32_t>& to,
           std::optional<Duration> lasting);
  void cut_peers(const Action& action, const std::vector<std::uint32_t>& trackers,
                 std::optional<Duration> lasting);
  void change_disk(std::uint32_t tracker, bool hang, const std::optional<Delay>& sync,
                   std::optional<Duration> lasting);
  void change_network(const NetworkModel& model, std::optional<Duration> lasting);
  void heal();
  void after(std::optional<Duration> lasting, std::function<void()> callback);

  // Random faults.
  void schedule_random(Action::Kind kind, std::uint64_t number, Duration before);
  void random_fault(Action::Kind kind, std::uint64_t number);
  Action random_action(Action::Kind kind, std::uint64_t key) const;
  std::uint32_t random_victim(std::uint64_t key) const;  // 0: nobody may be hit
  void random_start(std::uint64_t key);
  void random_removal(std::uint64_t key);
  void random_files(std::uint64_t key, Duration lasting);
  void apply_to_files(std::uint32_t tracker, const Action& action, Duration lasting);
  std::vector<std::uint32_t> removable(std::uint32_t master) const;
  void retire_once_out(std::uint32_t tracker, Duration until);
  bool in(std::uint32_t tracker) const { return !on_standby_[tracker - 1]; }
  bool may_apply(bool wipes, Duration affects);
  Chosen random_sides(const Action& action, std::uint32_t tracker, std::uint64_t key) const;
  std::vector<std::uint32_t> unaffected() const;
  std::uint32_t affected() const;
  bool wiped_is_back();

  std::vector<HostId> hosts(const std::vector<std::uint32_t>& trackers) const;
  Duration now() const { return world_.now().time_since_epoch(); }

  const Scenario& scenario_;
  std::uint64_t seed_;
  World& world_;
  Cluster& cluster_;
  ExchangeCrowd* peers_;
  Recorder* recorder_;
  Report report_;
  std::vector<Duration> planned_;
  std::vector<std::optional<Duration>> lasting_;
  std::vector<std::uint32_t> side_;  // [tracker - 1]: its group; 0: none
  std::uint32_t largest_side_ = 0;
  std::uint64_t partitions_ = 0;
  std::uint64_t network_changes_ = 0;
  std::uint64_t numbers_ = 0;  // the last number given to a fault that lasts. The maps and vectors
                               // below hold such numbers, or 0 if no such fault is in force
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> cuts_;  // keys: (from, to)
  std::map<std::pair<std::uint32_t, Network::OfPeers>, std::uint64_t> peer_cuts_;
  std::vector<std::uint64_t> isolated_, hanging_, slow_;  // [tracker - 1]
  std::uint64_t disks_hung_ = 0;
  std::map<Action::Kind, std::uint64_t> random_faults_;
  std::vector<Duration> affected_until_;  // [tracker - 1]
  std::vector<bool> on_standby_;   // [tracker - 1]; true: random faults do not hit this tracker,
                                   // because no random `start` has started it, or it was retired
  std::uint32_t wiped_ = 0;        // the tracker that was wiped last, until it votes again; 0: none
  std::set<std::size_t> waiting_;  // actions that wait until a tracker has the role that they name
  std::vector<NotHappened> not_happened_;
};

}  // namespace swarm::sim
