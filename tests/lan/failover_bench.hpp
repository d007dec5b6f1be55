// Causes a fault of the master repeatedly, each time in a new swarm of three real trackers.
// Measures what the simulator measures: detection, election and service gap
// (transport/sim/checks/failover.hpp). Uses the traces of the trackers, and a probe.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <vector>

#include "tests/lan/harness/probe.hpp"
#include "tests/lan/harness/stall_watcher.hpp"
#include "tests/lan/harness/trace_reader.hpp"
#include "tests/lan/harness/tracker_swarm.hpp"
#include "transport/sim/checks/failover.hpp"

namespace swarm::lan {

enum class Fault {
  worker,    // SIGKILL to the master's worker; its supervisor lives
  process,   // SIGKILL to the master's worker and supervisor
  link,      // the master's cable is pulled
  handover,  // the master gets the order to hand over
};

struct BenchSettings {
  Fault fault{};
  unsigned trials = 50;
  Duration every = 500us;  // time between two registrations of the probe
  std::uint64_t seed = 1;
  Keys keys;  // configuration of the trackers
};

struct Trial {
  sim::FaultTiming timing;  // its `at` counts from the first trial
  std::size_t sent{};       // registrations before, during and after the fault, each sent once
  // The send times, counted from the fault, of the registrations that got no answer.
  std::vector<Duration> unanswered;
  // The longest stall of the machine between the fault and the first answer; 0 if there was none.
  Duration longest_stall{};
};

class FailoverBench final : TrackerSwarm {
 public:
  // `site` must outlive this object. For Fault::link it must be a Lan.
  FailoverBench(Site& site, BenchSettings settings);

  // Calls `progress` after each trial.
  std::vector<Trial> run(const std::function<void(const Trial&)>& progress);

 private:
  // The trace of a tracker in this trial.
  struct Witness {
    TraceReader reader;
    std::vector<TraceLine> lines;
  };

  const Site& where() const override { return site_; }
  void found_anew();
  std::optional<Trial> trial();  // nullopt if the mastership changed just before the fault
  void end_probe();
  Time strike(TrackerProcess& master);
  void read_traces();
  void await_election(const TrackerProcess& old, Time at);
  template <class What, class Who>
  bool told(Time since, const Who& who) const;
  bool was_master(const TrackerProcess& old, Time at) const;
  sim::FaultTiming timing(const TrackerProcess& old, Time at) const;
  bool tells(const TrackerProcess& tracker, const TrackerProcess& old) const;

  Site& site_;
  BenchSettings settings_;
  StallWatcher stalls_;
  std::unique_ptr<Probe> probe_;
  std::map<const TrackerProcess*, Witness> witnesses_;
  Time begin_;
};

// Returns the simulator's name of the fault: kill, crash, cut, hand-over.
std::string label(Fault fault);
// Prints a table of all trials, and one of the trials without a stall of the machine.
void print(std::ostream& out, const std::vector<Trial>& trials);
// Writes failover.csv and summary.json in the simulator's format, so that `swarm-sim plot` can draw
// them.
void write_results(const std::filesystem::path& folder, const std::string& title,
                   const std::vector<Trial>& trials);

}  // namespace swarm::lan
