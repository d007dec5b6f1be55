// Repeats a fault of the master, each time of a new swarm of three real trackers, and measures what
// the simulator measures: detection, election and service gap (transport/sim/checks/failover.hpp),
// by the traces of the trackers and by a probe.
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
  worker,    // kill -9 of the master's worker; its supervisor lives
  process,   // kill -9 of both
  link,      // its cable is pulled
  handover,  // by order
};

struct BenchSettings {
  Fault fault{};
  unsigned trials = 50;
  Duration every = 500us;  // of the probe
  std::uint64_t seed = 1;
  Keys keys;  // of the trackers
};

struct Trial {
  sim::FaultTiming timing;  // at: since the first trial
  std::size_t sent{};       // registrations before, during and after the fault, each sent once
  // Those that would have needed a second sending: when they were sent, from the fault on.
  std::vector<Duration> unanswered;
  Duration longest_stall{};  // of the machine, from the fault to the first answer; zero: none
};

class FailoverBench final : TrackerSwarm {
 public:
  // `site` outlives it; for Fault::link it is a Lan.
  FailoverBench(Site& site, BenchSettings settings);

  // `progress` is told each trial when it is over.
  std::vector<Trial> run(const std::function<void(const Trial&)>& progress);

 private:
  // What a tracker has told so far in this trial.
  struct Witness {
    TraceReader reader;
    std::vector<TraceLine> lines;
  };

  const Site& where() const override { return site_; }
  void found_anew();
  std::optional<Trial> trial();  // nothing: somebody else was the master when it was struck
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

// The simulator's name of the fault: kill, crash, cut, hand-over.
std::string label(Fault fault);
// A table of all trials, and of those without a stall of the machine.
void print(std::ostream& out, const std::vector<Trial>& trials);
// failover.csv and summary.json, as the simulator writes them, so that `swarm-sim plot` draws both.
void write_results(const std::filesystem::path& folder, const std::string& title,
                   const std::vector<Trial>& trials);

}  // namespace swarm::lan
