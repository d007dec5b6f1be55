#include "transport/sim/program/storm_campaign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "engine/base/counted.hpp"
#include "transport/sim/program/report.hpp"
#include "transport/sim/run/run.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

std::string file_name(std::uint64_t number) {
  return fmt::format("storm-{}.yaml", number);
}

// Returns the first invariant or expectation that did not hold in this run, or nothing.
std::optional<FailedStorm> failure_of(const Scenario& scenario, const RunResult& result) {
  if (result.failure) return FailedStorm{0, 0, result.failure->what, result.failure->text};
  for (std::size_t i = 0; i < result.verdicts.size(); ++i)
    if (result.verdicts[i].held == Held::no)
      return FailedStorm{0, 0, to_text(scenario.expect[i]), result.verdicts[i].text};
  return std::nullopt;
}

// Gives the numbers of scenarios to the threads. The first exception ends all threads.
class Storms {
 public:
  explicit Storms(const StormOptions& options) : options_(options) {}

  void work() {
    while (!stopped()) {
      const auto next = next_++;
      if (next >= options_.scenarios) return;
      try {
        one(options_.from + next);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::current_exception();
        next_ = options_.scenarios;
      }
    }
  }

  StormCampaign take() {
    if (error_) std::rethrow_exception(error_);
    std::sort(campaign_.failed.begin(), campaign_.failed.end(),
              [](const auto& a, const auto& b) { return a.number < b.number; });
    return std::move(campaign_);
  }

 private:
  bool stopped() const { return options_.interrupted != nullptr && *options_.interrupted; }

  void one(std::uint64_t number) {
    const Scenario scenario =
        parse_scenario(options_.draw(number, {1, options_.runs}), file_name(number));
    RunOptions how;
    how.interrupted = options_.interrupted;
    std::optional<FailedStorm> failed;
    for (std::uint32_t run = 0; run < scenario.runs && !failed; ++run) {
      const auto result = sim::run(scenario, scenario.seed + run, how);
      if (result.interrupted) return;
      failed = failure_of(scenario, result);
      if (failed) failed->number = number, failed->seed = result.seed;
    }
    keep(failed);
  }

  void keep(std::optional<FailedStorm>& failed) {
    const std::lock_guard lock(mutex_);
    ++campaign_.done;
    if (failed) {
      if (!options_.folder.empty()) {
        make_folder(options_.folder);
        failed->file = options_.folder / file_name(failed->number);
        write_file(failed->file, options_.draw(failed->number, {failed->seed, 1}));
      }
      campaign_.failed.push_back(std::move(*failed));
    }
    if (options_.progress)
      options_.progress({campaign_.done, options_.scenarios,
                         static_cast<std::uint32_t>(campaign_.failed.size())});
  }

  const StormOptions& options_;
  std::atomic<std::uint64_t> next_{0};
  std::mutex mutex_;
  StormCampaign campaign_;
  std::exception_ptr error_;
};

std::string again(const StormOptions& options) {
  return fmt::format("swarm-sim storm --from {} --seeds {} --runs {}", options.from,
                     options.scenarios, options.runs);
}

}  // namespace

StormCampaign run_storms(const StormOptions& options) {
  Storms storms(options);
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < std::min(std::max(options.jobs, 1u), options.scenarios); ++i)
      threads.emplace_back([&] { storms.work(); });
    storms.work();
  }
  return storms.take();
}

std::string storms_text(const StormCampaign& campaign, const StormOptions& options) {
  std::string out = fmt::format("drawn storms from {}, {} each: {} of {} passed\n", options.from,
                                counted(options.runs, "run"),
                                campaign.done - campaign.failed.size(), options.scenarios);
  if (campaign.done < options.scenarios)
    out += fmt::format("  partial: {} of {} came to their end\n", campaign.done, options.scenarios);
  for (const auto& one : campaign.failed) {
    out += fmt::format("  storm {}, seed {}: {}: {}\n", one.number, one.seed, one.what, one.text);
    if (!one.file.empty()) out += fmt::format("    swarm-sim run {} --trace\n", one.file.string());
  }
  if (!campaign.failed.empty()) out += "  all of them again: " + again(options) + "\n";
  return out;
}

std::string storms_json(const StormCampaign& campaign, const StormOptions& options) {
  nlohmann::ordered_json out{{"from", options.from},
                             {"scenarios", options.scenarios},
                             {"runs", options.runs},
                             {"done", campaign.done},
                             {"passed", campaign.done - campaign.failed.size()}};
  out["failed"] = nlohmann::ordered_json::array();
  for (const auto& one : campaign.failed)
    out["failed"].push_back({{"number", one.number},
                             {"seed", one.seed},
                             {"what", one.what},
                             {"text", one.text},
                             {"file", one.file.string()}});
  out["reproduce"] = again(options);
  return out.dump(2) + "\n";
}

}  // namespace swarm::sim
