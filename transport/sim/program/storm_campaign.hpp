// Runs drawn scenarios (storm.hpp), and keeps the scenarios that fail.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "transport/sim/run/campaign.hpp"
#include "transport/sim/run/storm.hpp"

namespace swarm::sim {

struct StormOptions {
  std::uint64_t from = 1;  // number of the first scenario
  std::uint32_t scenarios = 1;
  std::uint32_t runs = 4;  // runs of each scenario
  unsigned jobs = 1;
  std::filesystem::path folder;  // the folder for failing scenarios; empty: they are not written
  std::function<std::string(std::uint64_t, const StormRuns&)> draw = drawn_storm;
  const std::atomic<bool>* interrupted = nullptr;
  std::function<void(const Progress&)> progress;  // after each scenario; from one thread at a time
};

struct FailedStorm {
  std::uint64_t number{}, seed{};  // the scenario's number, and its first seed that fails
  std::string what;                // the invariant or the expectation that failed
  std::string text;                // one sentence
  std::filesystem::path file{};    // the written scenario, which runs only this seed
};

struct StormCampaign {
  std::uint32_t done{};             // number of finished scenarios
  std::vector<FailedStorm> failed;  // in the order of their numbers
};

// Throws std::runtime_error when a file cannot be written.
StormCampaign run_storms(const StormOptions& options);

std::string storms_text(const StormCampaign& campaign, const StormOptions& options);
std::string storms_json(const StormCampaign& campaign, const StormOptions& options);

}  // namespace swarm::sim
