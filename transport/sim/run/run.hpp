// Runs a scenario with a seed, and returns what happened. The same scenario, seed and build give
// the same result and the same trace on every machine, whatever else the machine does.
#pragma once

#include <atomic>
#include <iosfwd>

#include "transport/sim/scenario/result.hpp"
#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

struct RunOptions {
  std::ostream* trace = nullptr;  // receives trace.jsonl; null: no trace
  bool timeline = false;          // fill RunResult::timeline
  bool memory = false;            // fill RunResult::memory; the run must be alone in the process
  const std::atomic<bool>* interrupted = nullptr;  // checked every 10 ms of the run
};

RunResult run(const Scenario& scenario, std::uint64_t seed, const RunOptions& options = {});

}  // namespace swarm::sim
