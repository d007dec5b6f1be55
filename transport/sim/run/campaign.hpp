// Many runs of one scenario on several threads. The first run has the seed CampaignOptions::seed,
// and each further run has the next number. Each run has a separate world. The results are in the
// order of the seeds, whatever the number of threads.
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
  // `trace_all`: the folder for a trace-SEED.jsonl of every run. Otherwise `trace_first`: the
  // folder for the first run's trace.jsonl. If a path is empty, its traces are not written.
  std::filesystem::path trace_first, trace_all;
  const std::atomic<bool>* interrupted = nullptr;
  std::function<void(const Progress&)> progress;  // after each run; from one thread at a time
};

struct Campaign {
  std::uint32_t asked{};                    // how many runs were asked for
  std::vector<RunResult> runs;              // the finished runs, in the order of the seeds
  std::vector<PooledVerdict> expectations;  // in the scenario's order
  double wall_seconds{};
  bool partial{};                         // true: it was interrupted, so some runs are missing
  std::filesystem::path written_to = {};  // the folder of its report; empty: no report

  std::vector<std::uint64_t> failed_seeds() const;
  // True if the campaign was interrupted, if there is an expectation that could be judged in none
  // of the runs, or if none of the faults that were to be measured happened.
  bool inconclusive() const;
  // True if every expectation that could be judged held, and no run failed. If `partial`, only the
  // finished runs count: figures over all runs are not judged.
  bool held() const;
  std::size_t failed_expectations() const;
  // The fingerprint of all runs together, in the order of the seeds.
  std::uint64_t fingerprint() const;
  bool measures_nothing = false;  // true: faults were to be measured, but none happened
};

// Throws std::runtime_error if a trace cannot be written. Also throws what a run throws.
Campaign run_campaign(const Scenario& scenario, const CampaignOptions& options);

// One combination of the values of a sweep, and the scenario with these values.
struct Variant {
  std::vector<std::pair<std::string, std::string>> settings;  // key, value
  Scenario scenario;
  std::string name() const;  // "tracker.keep_alive=5ms,network.loss=1%"; names a folder of results
};

// Returns all combinations. Each `vary` has the form "key=a,b,c". Throws std::invalid_argument if a
// `vary` does not have this form, or if a key or a value comes twice. Throws ScenarioError if
// set_key() rejects a key or a value.
std::vector<Variant> variants(const Scenario& scenario, const std::vector<std::string>& vary);

}  // namespace swarm::sim
