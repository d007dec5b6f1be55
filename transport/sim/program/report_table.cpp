#include <algorithm>

#include "engine/base/counted.hpp"
#include "transport/sim/program/report.hpp"
#include "transport/sim/program/report_figures.hpp"
#include "transport/sim/run/reproduction.hpp"

namespace swarm::sim {
namespace {

struct Paint {
  bool colour;
  std::string operator()(const char* code, const std::string& text) const {
    return colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }
  std::string good(const std::string& text) const { return (*this)("32", text); }
  std::string bad(const std::string& text) const { return (*this)("31;1", text); }
  std::string title(const std::string& text) const { return (*this)("1", text); }
};

std::string memory_line(const Campaign& campaign) {
  const auto memory = memory_of(campaign);
  if (!memory) return {};
  constexpr double mebibyte = 1024.0 * 1024.0;
  return fmt::format(
      "\n  memory: {:.1f} MiB resident, {:.1f} MiB of it SQLite's, {} bytes per peer without "
      "SQLite\n",
      static_cast<double>(memory->rss_bytes) / mebibyte,
      static_cast<double>(memory->sqlite_bytes) / mebibyte, memory->bytes_per_peer_without_sqlite);
}

std::string not_happened_lines(const Campaign& campaign, const Paint& paint) {
  std::string out;
  for (const auto& one : not_happened(campaign))
    out +=
        "  " + paint.bad("did not happen") +
        fmt::format(" in {} of {}: {} - {} (seed {})\n", one.runs,
                    counted(campaign.runs.size(), "run"), one.what.action, one.what.why, one.seed);
  return out.empty() ? out : "\n" + out;
}

// "random faults: 61 crash, 17 start, no wipe".
std::string random_line(const Campaign& campaign) {
  std::string line;
  for (const auto& [kind, count] : random_faults(campaign))
    line += fmt::format("{}{} {}", line.empty() ? "\n  random faults: " : ", ",
                        count == 0 ? "no" : std::to_string(count), kind);
  return line.empty() ? line : line + "\n";
}

// The words for the number of failed expectations. An expectation over all runs may fail although
// every run passed.
std::string failed_expectations(const Campaign& campaign) {
  const auto failed = campaign.failed_expectations();
  if (campaign.held() || failed == 0) return {};
  return fmt::format(", {} failed", counted(failed, "expectation"));
}

std::string headline(const Scenario& scenario, const Campaign& campaign) {
  std::string seeds = "no run";
  if (!campaign.runs.empty())
    seeds = campaign.runs.size() == 1 ? fmt::format("seed {}", campaign.runs.front().seed)
                                      : fmt::format("seeds {}..{}", campaign.runs.front().seed,
                                                    campaign.runs.back().seed);
  std::uint64_t peers = scenario.swarm.peers + scenario.clients.count;
  for (const auto& group : scenario.exchange.peers) peers += group.count;
  return fmt::format("{} ({}), {}, {}", counted(campaign.runs.size(), "run"), seeds,
                     counted(scenario.swarm.trackers + scenario.swarm.standby, "tracker"),
                     counted(peers, "peer"));
}

std::string group_line(const std::string& name, const GroupFigures& figures) {
  const Spread& took = figures.took;
  std::string line = fmt::format("  {:<18} {:>6}", name, figures.peers);
  if (took.n > 0)
    line += fmt::format(" {:>10.2f} {:>10.2f} {:>10.2f}", in_ms(took.p50) / 1e3,
                        in_ms(took.p95) / 1e3, in_ms(took.max) / 1e3);
  else
    line += fmt::format(" {:>10} {:>10} {:>10}", "-", "-", "-");
  line += fmt::format(" {:>10.2f} {:>10.2f}", median(figures.sent), figures.sent.back());
  if (took.missing > 0) line += fmt::format("   {} not complete", took.missing);
  return line + "\n";
}

std::string exchange_figures(const Campaign& campaign, const Paint& paint) {
  const auto all = groups(campaign);
  if (all.empty()) return {};
  std::string out = paint.title(fmt::format("\n  {:<18} {:>6} {:>10} {:>10} {:>10} {:>10} {:>10}\n",
                                            "complete after s", "peers", "p50", "p95", "max",
                                            "sent x p50", "x max"));
  for (const auto& [name, figures] : all) out += group_line(name, figures);
  return out;
}

// `missing`: the words that follow the number of missing figures.
std::string figure_line(const std::string& fault, const char* figure, const Spread& spread,
                        const char* missing) {
  std::string line = fmt::format("  {:<18} {:<10} {:>6}", fault, figure, spread.n);
  if (spread.n > 0)
    line += fmt::format(" {:>10.2f} {:>10.2f} {:>10.2f} {:>10.2f}", in_ms(spread.p50),
                        in_ms(spread.p95), in_ms(spread.p99), in_ms(spread.max));
  if (spread.missing > 0) line += fmt::format("   {} {}", spread.missing, missing);
  return line + "\n";
}

std::string client_figures(const Scenario& scenario, const Campaign& campaign, const Paint& paint) {
  if (scenario.clients.count == 0) return {};
  const auto all = waits(campaign);
  const bool faults = broken(campaign) > 0;
  std::string out =
      paint.title(fmt::format("\n  {:<29} {:>6} {:>10} {:>10} {:>10} {:>10}\n",
                              faults ? "in a fault answered after ms" : "answered after ms", "n",
                              "p50", "p95", "p99", "max"));
  if (all.empty()) out += faults ? "  no client met the fault\n" : "  no client came\n";
  for (const auto& [kind, took] : all) out += figure_line(kind, "", took, "not answered");
  return out;
}

// The words for service gaps without a figure. The next measured fault, the end of the run or
// `probe: { after }` cut them off.
std::string not_measured(const Campaign& campaign, const std::string& name) {
  Duration longest{};
  for (const auto& run : campaign.runs)
    for (const auto& fault : run.faults)
      if (fault.fault == name && !fault.service) longest = std::max(longest, fault.watched);
  return fmt::format("not measured: cut off without an answer, after {:.0f} ms at the latest",
                     in_ms(longest));
}

// The words for missing elections. An election is measured from a suspicion after the fault.
// Without a suspicion there may still have been an election.
std::string no_election(const Figures& figures) {
  const auto unsuspected = figures.detection.missing;
  if (unsuspected == 0) return "without an election";
  if (unsuspected == figures.election.missing) return "not measured: without a suspicion";
  return fmt::format("without an election, or ({}) without a suspicion", unsuspected);
}

std::string figures(const Campaign& campaign, const Paint& paint) {
  const auto all = pooled(campaign);
  if (all.empty()) return {};
  std::string out = paint.title(fmt::format("\n  {:<18} {:<10} {:>6} {:>10} {:>10} {:>10} {:>10}\n",
                                            "failover in ms", "", "n", "p50", "p95", "p99", "max"));
  for (const auto& [fault, figures] : all) {
    out += figure_line(fault, "detection", figures.detection, "without a suspicion");
    out += figure_line("", "election", figures.election, no_election(figures).c_str());
    out += figure_line("", "service", figures.service, not_measured(campaign, fault).c_str());
  }
  return out;
}

// If the expectation failed, the line has the number of runs in which it failed. Otherwise the line
// has the number of runs in which it held.
std::string expectation_line(const PooledVerdict& verdict, const Paint& paint) {
  const auto said =
      verdict.held == Held::no ? verdict.runs_asked - verdict.runs_held : verdict.runs_held;
  const std::string count =
      verdict.runs_asked > 0 ? fmt::format("{} of {}", said, verdict.runs_asked) : "";
  const std::string word = verdict.held == Held::yes  ? paint.good("held  ")
                           : verdict.held == Held::no ? paint.bad("FAILED")
                                                      : "unseen";
  std::string line = fmt::format("  {} {:<10} {}", word, count, verdict.text);
  if (!verdict.detail.empty()) line += " - " + verdict.detail;
  return line + "\n";
}

std::string failures(const Campaign& campaign, const Paint& paint) {
  constexpr std::size_t most = 5;
  std::string out;
  std::size_t n = 0;
  for (const auto& run : campaign.runs) {
    if (!run.failure) continue;
    if (++n > most) continue;
    out += paint.bad(fmt::format("  seed {}", run.seed)) +
           fmt::format(" at {:.3f} ms{}: {}: {}\n", in_ms(run.failure->at),
                       run.failure->tracker.empty() ? "" : ", " + run.failure->tracker,
                       run.failure->what, run.failure->text);
  }
  if (n > most) out += fmt::format("  and {} more\n", n - most);
  return out.empty() ? out : "\n" + out;
}

}  // namespace

std::string table(const Scenario& scenario, const Campaign& campaign, bool colour) {
  const Paint paint{colour};
  std::string out = paint.title(scenario.name) + "\n  " + headline(scenario, campaign) + "\n";
  out += figures(campaign, paint);
  out += exchange_figures(campaign, paint);
  out += client_figures(scenario, campaign, paint);
  out += random_line(campaign);
  if (scenario.random && scenario.measure_from.empty())
    out +=
        "\n  random faults have no failover times, for one may begin before another is over;\n"
        "  a fault of the timeline has them when `measure` names it\n";
  if (!campaign.expectations.empty()) out += "\n";
  for (const auto& verdict : campaign.expectations) out += expectation_line(verdict, paint);
  out += not_happened_lines(campaign, paint);
  out += failures(campaign, paint);
  out += memory_line(campaign);
  if (campaign.partial)
    out += fmt::format("\n  partial: {} of {}, the rest was interrupted\n", campaign.runs.size(),
                       counted(campaign.asked, "run"));
  if (campaign.measures_nothing)
    out += "\n  inconclusive: none of the faults that are measured ever happened\n";
  const std::string verdict =
      fmt::format("{} of {} passed{}", passed(campaign), counted(campaign.runs.size(), "run"),
                  failed_expectations(campaign));
  out += "\n  " + (campaign.held() ? paint.good(verdict) : paint.bad(verdict)) +
         fmt::format(", fingerprint {}, {} events, {:.0f} simulated seconds per second\n",
                     hex(campaign.fingerprint()), events(campaign),
                     in_ms(simulated(campaign)) / 1e3 / std::max(campaign.wall_seconds, 1e-9));
  return out;
}

std::vector<std::string> warnings(const Campaign& campaign) {
  std::vector<std::string> out;
  for (const auto& one : not_happened(campaign))
    out.push_back(fmt::format("`{}` did not happen in {} of {}: {}", one.what.action, one.runs,
                              counted(campaign.runs.size(), "run"), one.what.why));
  for (const auto& [kind, count] : random_faults(campaign))
    if (count == 0)
      out.push_back(
          fmt::format("no random `{}` happened in {}", kind, counted(campaign.runs.size(), "run")));
  return out;
}

}  // namespace swarm::sim
