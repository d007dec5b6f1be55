#include "transport/sim/program/report.hpp"
#include "engine/base/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "observe/live/trace.hpp"
#include "observe/plots/plot_data.hpp"
#include "transport/sim/program/report_figures.hpp"
#include "transport/sim/run/reproduction.hpp"

namespace swarm::sim {
namespace {

using Json = nlohmann::ordered_json;

// `missing`: the key under which Spread::missing appears.
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
  if (scenario.random) out["random_faults"] = random_faults(campaign);
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

}  // namespace swarm::sim
