// Many runs of one scenario, over threads: seeds seed, seed + 1, ... Each run is a world of its
// own; results are in the order of the seeds, whatever the number of threads.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <vector>

#include "transport/sim/checks/judge.hpp"
#include "transport/sim/scenario/result.hpp"
#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

struct Progress {
  std::uint32_t done{}, total{}, failed{};
};

struct CampaignOptions {
  std::uint64_t seed = 1;
  std::uint32_t runs = 1;
  unsigned jobs = 1;
  // Where trace.jsonl of the first run goes, and trace-SEED.jsonl of every run; empty: nowhere.
  std::filesystem::path trace_first, trace_all;
  const std::atomic<bool>* interrupted = nullptr;
  std::function<void(const Progress&)> progress;  // after each run; from one thread at a time
};

struct Campaign {
  std::uint32_t asked{};                    // runs
  std::vector<RunResult> runs;              // that came to their end, in the order of the seeds
  std::vector<PooledVerdict> expectations;  // in the scenario's order
  double wall_seconds{};
  bool partial{};                         // interrupted: some runs are missing
  std::filesystem::path written_to = {};  // the folder of its report; empty: none

  std::vector<std::uint64_t> failed_seeds() const;
  // Something cannot be said: interrupted, an expectation that no run could judge, or not one
  // fault that was to be measured ever happened.
  bool inconclusive() const;
  // Everything held, of what could be judged.
  bool held() const;
  std::size_t failed_expectations() const;
  // Of all runs, in their order.
  std::uint64_t fingerprint() const;
  bool measures_nothing = false;  // faults were to be measured, none happened
};

// Throws std::runtime_error when a trace cannot be written, and what a run throws.
Campaign run_campaign(const Scenario& scenario, const CampaignOptions& options);

// One value of each key of a sweep, and the scenario with them.
struct Variant {
  std::vector<std::pair<std::string, std::string>> settings;  // key, value
  Scenario scenario;
  std::string name() const;  // "tracker.keep_alive=5ms,network.loss=1%": the folder's name
};

// All combinations; each `vary` is "key=a,b,c". Throws ScenarioError, or std::invalid_argument
// when it has not that form, or has a key or a value twice.
std::vector<Variant> variants(const Scenario& scenario, const std::vector<std::string>& vary);

}  // namespace swarm::sim
