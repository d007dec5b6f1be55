#include "transport/sim/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "observe/plot_data.hpp"
#include "observe/trace.hpp"
#include "transport/sim/failover.hpp"
#include "transport/sim/reproduction.hpp"

namespace swarm::sim {
namespace {

using Json = nlohmann::ordered_json;

double in_ms(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}
std::string hex(std::uint64_t value) {
  return fmt::format("{:016x}", value);
}

struct Figures {  // of one fault, over all runs
  Spread detection, election, service;
};

// In the order in which the faults come in the first run that has them.
std::vector<std::pair<std::string, Figures>> pooled(const Campaign& campaign) {
  struct Pool {
    std::vector<std::optional<Duration>> detection, election, service;
  };
  std::vector<std::string> order;
  std::map<std::string, Pool> pools;
  for (const auto& run : campaign.runs)
    for (const auto& fault : run.faults) {
      if (!pools.contains(fault.fault)) order.push_back(fault.fault);
      auto& pool = pools[fault.fault];
      pool.detection.push_back(fault.detection);
      pool.election.push_back(fault.election);
      pool.service.push_back(fault.service);
    }
  std::vector<std::pair<std::string, Figures>> out;
  for (const auto& name : order) {
    auto& pool = pools[name];
    out.emplace_back(name,
                     Figures{spread(std::move(pool.detection)), spread(std::move(pool.election)),
                             spread(std::move(pool.service))});
  }
  return out;
}

// `missing`: what those are called that have no figure.
Json to_json(const Spread& spread, const char* missing = "missing") {
  Json out{{"n", spread.n}, {missing, spread.missing}};
  if (spread.n == 0) return out;
  out["p50"] = in_ms(spread.p50);
  out["p95"] = in_ms(spread.p95);
  out["p99"] = in_ms(spread.p99);
  out["max"] = in_ms(spread.max);
  return out;
}

Json failover_json(const Campaign& campaign) {
  Json out = Json::object();
  for (const auto& [fault, figures] : pooled(campaign))
    out[fault] = {{"detection_ms", to_json(figures.detection)},
                  {"election_ms", to_json(figures.election)},
                  {"service_ms", to_json(figures.service, "not_measured")}};
  return out;
}

// --- peers that exchange contents ---------------------------------------------------------------

struct GroupFigures {  // of one group, over all runs
  std::size_t peers{};
  Spread took;                         // arrival -> complete; of those who lacked something
  std::vector<double> sent, received;  // times what they exchange, what they lacked; ascending
};

std::vector<std::pair<std::string, GroupFigures>> groups(const Campaign& campaign) {
  std::vector<std::pair<std::string, GroupFigures>> out;
  std::map<std::string, std::vector<std::optional<Duration>>> took;
  for (const auto& run : campaign.runs)
    for (const auto& peer : run.peers) {
      if (!peer.arrived) continue;
      if (!took.contains(peer.group)) out.push_back({peer.group, {}});
      auto& times = took[peer.group];
      auto& figures = std::find_if(out.begin(), out.end(), [&](auto& one) {
                        return one.first == peer.group;
                      })->second;
      ++figures.peers;
      figures.sent.push_back(static_cast<double>(peer.sent) / static_cast<double>(peer.size));
      if (!peer.honest || peer.missing == 0) continue;
      figures.received.push_back(static_cast<double>(peer.received) /
                                 static_cast<double>(peer.missing));
      times.push_back(peer.complete ? std::optional(*peer.complete - *peer.arrived) : std::nullopt);
    }
  for (auto& [name, figures] : out) {
    figures.took = spread(std::move(took[name]));
    std::sort(figures.sent.begin(), figures.sent.end());
    std::sort(figures.received.begin(), figures.received.end());
  }
  return out;
}

double median(const std::vector<double>& ascending) {
  return ascending.empty() ? 0 : ascending[(ascending.size() - 1) / 2];
}

Json times_json(const std::vector<double>& ascending) {
  if (ascending.empty()) return Json::object();
  return {{"least", ascending.front()}, {"p50", median(ascending)}, {"most", ascending.back()}};
}

Json exchange_json(const Campaign& campaign) {
  Json out = Json::object();
  for (const auto& [name, figures] : groups(campaign))
    out[name] = {{"peers", figures.peers},
                 {"complete_ms", to_json(figures.took)},
                 {"sent_times", times_json(figures.sent)},
                 {"received_times", times_json(figures.received)}};
  return out;
}

// --- clients of BEP 15 --------------------------------------------------------------------------

std::uint64_t broken(const Campaign& campaign) {
  std::uint64_t all = 0;
  for (const auto& run : campaign.runs) all += run.broken;
  return all;
}

// Over all runs, of those that met a fault; of all of them where there was none. Who left before
// the answer was not answered.
std::vector<std::pair<std::string, Spread>> waits(const Campaign& campaign) {
  const bool faults = broken(campaign) > 0;
  std::map<std::string, std::vector<std::optional<Duration>>> waits;
  for (const auto& run : campaign.runs)
    for (const auto& one : run.clients) {
      if (one.event == "stopped" || (faults && one.fault.empty())) continue;
      waits[one.kind].push_back(one.answered ? std::optional(*one.answered - one.wanted)
                                             : std::nullopt);
    }
  std::vector<std::pair<std::string, Spread>> out;
  for (auto& [kind, times] : waits) out.emplace_back(kind, spread(std::move(times)));
  return out;
}

Json clients_json(const Campaign& campaign) {
  Json out = Json::object();
  for (const auto& [kind, figures] : waits(campaign))
    out[kind] = {{"answered_ms", to_json(figures)}};
  return out;
}

Json failures_json(const Scenario& scenario, const Campaign& campaign) {
  Json out = Json::array();
  for (const auto& run : campaign.runs)
    if (run.failure)
      out.push_back({{"seed", run.seed},
                     {"what", run.failure->what},
                     {"text", run.failure->text},
                     {"at_ms", in_ms(run.failure->at)},
                     {"tracker", run.failure->tracker},
                     {"reproduce", reproduction(scenario, campaign, run.seed)}});
  return out;
}

const char* name_of(Held held) {
  return held == Held::yes ? "yes" : held == Held::no ? "no" : "unseen";
}

Json expectations_json(const Campaign& campaign) {
  Json out = Json::array();
  for (const auto& expectation : campaign.expectations) {
    Json one{{"text", expectation.text}, {"held", name_of(expectation.held)}};
    if (expectation.runs_asked > 0) {
      one["runs_held"] = expectation.runs_held;
      one["runs_asked"] = expectation.runs_asked;
    }
    if (!expectation.detail.empty()) one["detail"] = expectation.detail;
    out.push_back(std::move(one));
  }
  return out;
}

struct PooledNotHappened {
  NotHappened what;
  std::size_t runs{};
  std::uint64_t seed{};  // of the first of them
};

std::vector<PooledNotHappened> not_happened(const Campaign& campaign) {
  std::vector<PooledNotHappened> out;
  for (const auto& run : campaign.runs)
    for (const auto& one : run.not_happened) {
      const auto known = std::find_if(out.begin(), out.end(), [&](const PooledNotHappened& other) {
        return other.what.action == one.action && other.what.why == one.why;
      });
      if (known == out.end())
        out.push_back({one, 1, run.seed});
      else
        ++known->runs;
    }
  return out;
}

Json not_happened_json(const Campaign& campaign) {
  Json out = Json::array();
  for (const auto& one : not_happened(campaign))
    out.push_back({{"action", one.what.action},
                   {"why", one.what.why},
                   {"runs", one.runs},
                   {"first_seed", one.seed}});
  return out;
}

std::map<std::string, std::uint64_t> counters(const Campaign& campaign) {
  std::map<std::string, std::uint64_t> out;
  for (const auto& run : campaign.runs)
    for (const auto& [name, count] : run.sometimes) out[name] += count;
  return out;
}

Duration simulated(const Campaign& campaign) {
  Duration all{};
  for (const auto& run : campaign.runs) all += run.simulated;
  return all;
}

std::uint64_t events(const Campaign& campaign) {
  std::uint64_t all = 0;
  for (const auto& run : campaign.runs) all += run.events;
  return all;
}

std::optional<MemoryFigures> memory_of(const Campaign& campaign) {
  for (const auto& run : campaign.runs)
    if (run.memory) return run.memory;
  return std::nullopt;
}

Json machine_json(const Campaign& campaign, unsigned jobs) {
  const double wall = std::max(campaign.wall_seconds, 1e-9);
  Json out{{"jobs", jobs},
           {"wall_seconds", campaign.wall_seconds},
           {"simulated_seconds_per_wall_second", in_ms(simulated(campaign)) / 1e3 / wall},
           {"events_per_wall_second", static_cast<double>(events(campaign)) / wall}};
  if (const auto memory = memory_of(campaign)) {
    out["rss_bytes"] = memory->rss_bytes;
    out["sqlite_bytes"] = memory->sqlite_bytes;
    out["bytes_per_peer_without_sqlite"] = memory->bytes_per_peer_without_sqlite;
  }
  return out;
}

std::size_t passed(const Campaign& campaign) {
  return campaign.runs.size() - campaign.failed_seeds().size();
}

std::string cell(const std::optional<Duration>& figure) {
  return figure ? observe::milliseconds(*figure) : std::string();
}

}  // namespace

std::string summary_json(const Scenario& scenario, const Campaign& campaign, unsigned jobs) {
  Json out{{"scenario", scenario.name},
           {"file", scenario.file},
           {"version", version},
           {"seed", campaign.runs.empty() ? scenario.seed : campaign.runs.front().seed},
           {"runs", campaign.runs.size()},
           {"runs_asked", campaign.asked},
           {"partial", campaign.partial},
           {"passed", passed(campaign)},
           {"held", campaign.held()},
           {"inconclusive", campaign.inconclusive()},
           {"failed_seeds", campaign.failed_seeds()}};
  out["expectations"] = expectations_json(campaign);
  out["failover"] = failover_json(campaign);
  if (!scenario.exchange.peers.empty()) out["exchange"] = exchange_json(campaign);
  if (scenario.clients.count > 0) {
    out["faults"] = broken(campaign);
    out["clients"] = clients_json(campaign);
  }
  out["failures"] = failures_json(scenario, campaign);
  out["did_not_happen"] = not_happened_json(campaign);
  if (const auto again = reproduction(scenario, campaign); !again.empty()) out["reproduce"] = again;
  out["sometimes"] = counters(campaign);
  out["fingerprint"] = {
      {"first", campaign.runs.empty() ? "" : hex(campaign.runs.front().fingerprint)},
      {"all", hex(campaign.fingerprint())}};
  Json fingerprints = Json::object();
  for (const auto& run : campaign.runs)
    fingerprints[std::to_string(run.seed)] = hex(run.fingerprint);
  out["fingerprints"] = std::move(fingerprints);
  out["events"] = events(campaign);
  out["simulated_seconds"] = in_ms(simulated(campaign)) / 1e3;
  out["machine"] = machine_json(campaign, jobs);
  return out.dump(2) + "\n";
}

std::string failover_csv(const Campaign& campaign) {
  std::string out = "run,seed,fault,at_ms,detection_ms,election_ms,service_ms,watched_ms\n";
  for (const auto& run : campaign.runs)
    for (const auto& fault : run.faults)
      out += fmt::format("{},{},{},{},{},{},{},{}\n", run.run, run.seed,
                         observe::csv_cell(fault.fault), observe::milliseconds(fault.at),
                         cell(fault.detection), cell(fault.election), cell(fault.service),
                         fault.service ? "" : observe::milliseconds(fault.watched));
  return out;
}

std::string timeline_csv(const Campaign& campaign) {
  std::string out = "kind,tracker,from_ms,to_ms,label,value\n";
  if (campaign.runs.empty()) return out;
  for (const auto& row : campaign.runs.front().timeline)
    out +=
        fmt::format("{},{},{},{},{},{}\n", row.kind, row.tracker, observe::milliseconds(row.from),
                    observe::milliseconds(row.to), observe::csv_cell(row.label),
                    row.kind == "answers" ? fmt::format("{}", row.value) : "");
  return out;
}

std::string peers_csv(const Campaign& campaign) {
  std::string out =
      "run,seed,group,peer,arrived_ms,took_ms,size,missing,sent,received,starts,gone\n";
  for (const auto& run : campaign.runs)
    for (const auto& peer : run.peers) {
      if (!peer.arrived) continue;
      const auto took =
          peer.complete ? std::optional(*peer.complete - *peer.arrived) : std::nullopt;
      out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", run.run, run.seed, peer.group,
                         peer.peer, observe::milliseconds(*peer.arrived), cell(took), peer.size,
                         peer.honest ? peer.missing : 0, peer.sent, peer.received, peer.starts,
                         peer.gone ? "yes" : "no");
    }
  return out;
}

std::string clients_csv(const Campaign& campaign) {
  std::string out = "run,seed,kind,client,event,wanted_ms,took_ms,datagrams,peers,fault,left\n";
  for (const auto& run : campaign.runs)
    for (const auto& one : run.clients) {
      const auto took = one.answered ? std::optional(*one.answered - one.wanted) : std::nullopt;
      out += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", run.run, run.seed, one.kind,
                         one.client, one.event, observe::milliseconds(one.wanted), cell(took),
                         one.datagrams, one.peers, observe::csv_cell(one.fault),
                         one.until < run.simulated ? "yes" : "no");
    }
  return out;
}

void write_file(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error(fmt::format("{} cannot be written", file.string()));
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    throw std::runtime_error(
        fmt::format("the folder {} cannot be made: {}", folder.string(), failed.message()));
}

void make_writable(const std::filesystem::path& folder) {
  make_folder(folder);
  const auto trial = folder / ".swarm-sim";
  if (!std::ofstream(trial))
    throw std::runtime_error(fmt::format("the folder {} cannot be written to", folder.string()));
  std::filesystem::remove(trial);
}

void write_report(const std::filesystem::path& folder, const Scenario& scenario,
                  const Campaign& campaign, unsigned jobs) {
  make_folder(folder);
  write_file(folder / "summary.json", summary_json(scenario, campaign, jobs));
  write_file(folder / "failover.csv", failover_csv(campaign));
  write_file(folder / "timeline.csv", timeline_csv(campaign));
  if (!scenario.exchange.peers.empty()) write_file(folder / "peers.csv", peers_csv(campaign));
  if (scenario.clients.count > 0) write_file(folder / "clients.csv", clients_csv(campaign));
}

// --- the table ---------------------------------------------------------------------------------

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
    out += "  " + paint.bad("did not happen") +
           fmt::format(" {}/{}  {} - {} (seed {})\n", one.runs, campaign.runs.size(),
                       one.what.action, one.what.why, one.seed);
  return out.empty() ? out : "\n" + out;
}

// Over all runs: when every run passed they are what failed.
std::string failed_expectations(const Campaign& campaign) {
  const auto failed = campaign.failed_expectations();
  if (campaign.held() || failed == 0) return {};
  return fmt::format(", {} expectation{} failed", failed, failed == 1 ? "" : "s");
}

std::string headline(const Scenario& scenario, const Campaign& campaign) {
  std::string seeds = "no run";
  if (!campaign.runs.empty())
    seeds = campaign.runs.size() == 1 ? fmt::format("seed {}", campaign.runs.front().seed)
                                      : fmt::format("seeds {}..{}", campaign.runs.front().seed,
                                                    campaign.runs.back().seed);
  std::uint64_t peers = scenario.swarm.peers + scenario.clients.count;
  for (const auto& group : scenario.exchange.peers) peers += group.count;
  return fmt::format("{} runs ({}), {} trackers, {} peers", campaign.runs.size(), seeds,
                     scenario.swarm.trackers + scenario.swarm.standby, peers);
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

// `missing`: what those are called that have no figure.
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

// Cut off by the next measured fault, by the end of the run, or by `probe: { after }`.
std::string not_measured(const Campaign& campaign, const std::string& name) {
  Duration longest{};
  for (const auto& run : campaign.runs)
    for (const auto& fault : run.faults)
      if (fault.fault == name && !fault.service) longest = std::max(longest, fault.watched);
  return fmt::format("not measured: cut off without an answer, after {:.0f} ms at the latest",
                     in_ms(longest));
}

// An election is measured from a suspicion after the fault; there may have been one all the same.
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

std::string expectation_line(const PooledVerdict& verdict, const Paint& paint) {
  const std::string count =
      verdict.runs_asked > 0 ? fmt::format("{}/{}", verdict.runs_held, verdict.runs_asked) : "";
  const std::string word = verdict.held == Held::yes  ? paint.good("held  ")
                           : verdict.held == Held::no ? paint.bad("FAILED")
                                                      : "unseen";
  std::string line = fmt::format("  {} {:>9}  {}", word, count, verdict.text);
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
  if (!campaign.expectations.empty()) out += "\n";
  for (const auto& verdict : campaign.expectations) out += expectation_line(verdict, paint);
  out += not_happened_lines(campaign, paint);
  out += failures(campaign, paint);
  out += memory_line(campaign);
  if (campaign.partial)
    out += fmt::format("\n  partial: {} of {} runs, the rest was interrupted\n",
                       campaign.runs.size(), campaign.asked);
  if (campaign.measures_nothing)
    out += "\n  inconclusive: none of the faults that are measured ever happened\n";
  const std::string verdict = fmt::format("{} of {} runs passed{}", passed(campaign),
                                          campaign.runs.size(), failed_expectations(campaign));
  out += "\n  " + (campaign.held() ? paint.good(verdict) : paint.bad(verdict)) +
         fmt::format(", fingerprint {}, {} events, {:.0f} simulated seconds per second\n",
                     hex(campaign.fingerprint()), events(campaign),
                     in_ms(simulated(campaign)) / 1e3 / std::max(campaign.wall_seconds, 1e-9));
  return out;
}

std::vector<std::string> warnings(const Campaign& campaign) {
  std::vector<std::string> out;
  for (const auto& one : not_happened(campaign))
    out.push_back(fmt::format("`{}` did not happen in {} of {} runs: {}", one.what.action, one.runs,
                              campaign.runs.size(), one.what.why));
  return out;
}

}  // namespace swarm::sim
