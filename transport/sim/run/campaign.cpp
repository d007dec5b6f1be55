#include "transport/sim/run/campaign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <fstream>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include "engine/base/random.hpp"
#include "transport/sim/run/run.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

// Gives runs to the threads. The first exception ends all threads.
class Pool {
 public:
  Pool(const Scenario& scenario, const CampaignOptions& options)
      : scenario_(scenario), options_(options), results_(options.runs) {}

  // The first run of a large scenario is alone in the process, because its memory is measured.
  void work_alone() {
    if (is_large() && options_.runs > 0) keep(0, one(next_++));
  }
  void work() {
    for (std::uint32_t run = next_++; run < options_.runs && !stopped(); run = next_++) try {
        keep(run, one(run));
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::current_exception();
        next_ = options_.runs;
      }
  }

  std::vector<RunResult> take() {
    if (error_) std::rethrow_exception(error_);
    std::vector<RunResult> out;
    for (auto& result : results_)
      if (result && !result->interrupted) out.push_back(std::move(*result));
    return out;
  }

 private:
  bool is_large() const {
    std::uint64_t peers = scenario_.swarm.peers;
    for (const auto& group : scenario_.exchange.peers) peers += group.count;
    return peers >= 1000;
  }
  bool stopped() const { return options_.interrupted != nullptr && *options_.interrupted; }

  RunResult one(std::uint32_t run) {
    const std::uint64_t seed = options_.seed + run;
    std::ofstream trace;
    if (!options_.trace_all.empty())
      open(trace, options_.trace_all / fmt::format("trace-{}.jsonl", seed));
    else if (run == 0 && !options_.trace_first.empty())
      open(trace, options_.trace_first / "trace.jsonl");
    RunOptions how;
    how.trace = trace.is_open() ? &trace : nullptr;
    how.timeline = run == 0;
    how.memory = run == 0 && is_large();
    how.interrupted = options_.interrupted;
    RunResult result = sim::run(scenario_, seed, how);
    result.run = run + 1;
    if (trace.is_open() && !trace.flush())
      throw std::runtime_error("the trace cannot be written: the disk may be full");
    return result;
  }

  static void open(std::ofstream& file, const std::filesystem::path& path) {
    file.open(path, std::ios::binary);
    if (!file) throw std::runtime_error(fmt::format("{} cannot be written", path.string()));
  }

  void keep(std::uint32_t run, RunResult result) {
    const std::lock_guard lock(mutex_);
    progress_.total = options_.runs;
    if (!result.interrupted) {
      ++progress_.done;
      progress_.failed += !result.passed();
    }
    results_[run] = std::move(result);
    if (options_.progress) options_.progress(progress_);
  }

  const Scenario& scenario_;
  const CampaignOptions& options_;
  std::atomic<std::uint32_t> next_{0};
  std::mutex mutex_;
  std::vector<std::optional<RunResult>> results_;
  Progress progress_;
  std::exception_ptr error_;
};

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == by)
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

}  // namespace

std::vector<std::uint64_t> Campaign::failed_seeds() const {
  std::vector<std::uint64_t> seeds;
  for (const auto& run : runs)
    if (!run.passed()) seeds.push_back(run.seed);
  return seeds;
}

bool Campaign::inconclusive() const {
  if (partial || measures_nothing || runs.empty()) return true;
  return std::any_of(expectations.begin(), expectations.end(),
                     [](const PooledVerdict& e) { return e.held == Held::not_asked; });
}

bool Campaign::held() const {
  if (!failed_seeds().empty()) return false;
  if (partial) return true;  // while runs are missing, no pooled figure can be judged
  return failed_expectations() == 0;
}

std::size_t Campaign::failed_expectations() const {
  return static_cast<std::size_t>(
      std::count_if(expectations.begin(), expectations.end(),
                    [](const PooledVerdict& e) { return e.held == Held::no; }));
}

std::uint64_t Campaign::fingerprint() const {
  std::uint64_t all = 0;
  for (const auto& run : runs) all = mix(all ^ run.fingerprint);
  return all;
}

Campaign run_campaign(const Scenario& scenario, const CampaignOptions& options) {
  const auto began = std::chrono::steady_clock::now();
  Pool pool(scenario, options);
  pool.work_alone();
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < std::min(std::max(options.jobs, 1u), options.runs); ++i)
      threads.emplace_back([&] { pool.work(); });
    pool.work();
  }
  Campaign campaign;
  campaign.asked = options.runs;
  campaign.runs = pool.take();
  campaign.partial = campaign.runs.size() < options.runs;
  campaign.expectations = judge_pool(scenario, campaign.runs);
  if (!scenario.measure_from.empty()) {
    campaign.measures_nothing = true;
    for (const auto& run : campaign.runs)
      if (!run.faults.empty()) campaign.measures_nothing = false;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  campaign.wall_seconds = took.count();
  return campaign;
}

std::string Variant::name() const {
  std::string out;
  for (const auto& [key, value] : settings)
    out += fmt::format("{}{}={}", out.empty() ? "" : ",", key, value);
  return out;
}

std::vector<Variant> variants(const Scenario& scenario, const std::vector<std::string>& vary) {
  std::vector<Variant> out{{{}, scenario}};
  for (const auto& one : vary) {
    const auto equals = one.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == one.size())
      throw std::invalid_argument(fmt::format("--vary {} is not of the form key=a,b,c", one));
    const std::string key = one.substr(0, equals);
    const auto values = split(one.substr(equals + 1), ',');
    for (const auto& [known, value] : out.front().settings)
      if (known == key) throw std::invalid_argument(fmt::format("--vary has {} twice", key));
    for (auto value = values.begin(); value != values.end(); ++value)
      if (std::find(values.begin(), value, *value) != value)
        throw std::invalid_argument(fmt::format("--vary {} has {} twice", key, *value));
    std::vector<Variant> longer;
    for (const auto& variant : out)
      for (const auto& value : values) {
        Variant next = variant;
        set_key(next.scenario, key, value);
        next.settings.emplace_back(key, value);
        longer.push_back(std::move(next));
      }
    out = std::move(longer);
  }
  return out;
}

}  // namespace swarm::sim
