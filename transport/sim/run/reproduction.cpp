#include "transport/sim/run/reproduction.hpp"

#include <fmt/format.h>

namespace swarm::sim {
namespace {

// Returns the text as one word for a shell.
std::string quoted(const std::string& text) {
  constexpr auto plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string command(const Scenario& scenario, std::uint64_t seed, std::size_t runs,
                    const std::filesystem::path& folder) {
  std::string out =
      fmt::format("swarm-sim {} {}", scenario.set.empty() ? "run" : "sweep", quoted(scenario.file));
  for (const auto& [key, value] : scenario.set) out += " --vary " + quoted(key + "=" + value);
  out += fmt::format(" --seed {} --runs {}{}", seed, runs, runs == 1 ? " --trace" : "");
  return folder.empty() ? out : out + " -o " + quoted(folder.string());
}

}  // namespace

std::string reproduction(const Scenario& scenario, const Campaign& campaign, std::uint64_t seed) {
  const auto& folder = campaign.written_to;
  return command(scenario, seed, 1,
                 folder.empty() ? folder : folder / fmt::format("seed-{}", seed));
}

std::string reproduction(const Scenario& scenario, const Campaign& campaign) {
  const auto failed = campaign.failed_seeds();
  if (!failed.empty()) return reproduction(scenario, campaign, failed.front());
  if (campaign.held()) return {};
  for (const auto& expectation : campaign.expectations)
    if (expectation.held == Held::no && expectation.slowest)
      return reproduction(scenario, campaign, *expectation.slowest);
  // Only all runs together show that something never happened.
  const auto& folder = campaign.written_to;
  return command(scenario, campaign.runs.front().seed, campaign.runs.size(),
                 folder.empty() ? folder : folder / "again");
}

}  // namespace swarm::sim
