#include "observe/plots/folder_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "observe/plots/client_data.hpp"
#include "observe/plots/plot_text.hpp"

namespace swarm::observe {
namespace {

namespace fs = std::filesystem;

using Settings = std::vector<std::pair<std::string, std::string>>;

// Applies `part` to each setting, and joins the resulting texts with `between`.
template <class Part>
std::string joined_settings(const Settings& settings, const std::string& between, Part part) {
  std::string text;
  for (const auto& setting : settings) text += (text.empty() ? "" : between) + part(setting);
  return text;
}

std::string key_of(const Settings& settings) {
  return joined_settings(settings, between_keys,
                         [](const auto& setting) { return readable_key(setting.first); });
}

std::vector<Failover> pooled(const std::vector<Result>& results) {
  std::vector<Failover> all;
  for (const auto& result : results) {
    all.insert(all.end(), result.failovers.begin(), result.failovers.end());
  }
  return all;
}

// For example "n = 100 a curve, seeds 42–141"; `each` is "curve". If the results differ in size, n
// is the total: "n = 250, seeds 42–141".
std::string sample_of(const std::vector<Result>& results, const std::string& each) {
  auto text = sample_text(pooled(results));
  const auto size = results.front().failovers.size();
  const bool alike = std::all_of(results.begin(), results.end(),
                                 [&](const Result& r) { return r.failovers.size() == size; });
  if (results.size() < 2 || !alike) return text;
  return fmt::format("n = {} a {}{}", size, each,
                     text.substr(std::min(text.find(','), text.size())));
}

// Collects the names of the scenarios, each once, and the first version found.
RunInfo origin_of(const std::vector<Result>& results) {
  RunInfo origin;
  std::vector<std::string> names;
  for (const auto& [folder, info, failovers] : results) {
    if (origin.version.empty()) origin.version = info.version;
    if (!info.scenario.empty() &&
        std::find(names.begin(), names.end(), info.scenario) == names.end())
      names.push_back(info.scenario);
  }
  for (const auto& name : names) origin.scenario += (origin.scenario.empty() ? "" : "”, “") + name;
  return origin;
}

std::string joined(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() ? a + b : a + " · " + b;
}

std::vector<std::string> small_print(const std::vector<Result>& results, const std::string& each,
                                     const std::string& last) {
  return {joined(sample_of(results, each), origin_text(origin_of(results))), last};
}

std::vector<Curve> curves_of_faults(const Result& result) {
  std::map<std::string, std::vector<Failover>> by_fault;
  for (const auto& failover : result.failovers) by_fault[failover.fault].push_back(failover);
  std::vector<Curve> curves;
  for (const auto& [fault, failovers] : by_fault) {
    curves.push_back(curve_of(fault, failovers, Measure::service));
  }
  return curves;
}

std::vector<Curve> curves_of_folders(const std::vector<Result>& results) {
  if (results.size() == 1) return curves_of_faults(results.front());
  std::vector<Curve> curves;
  for (const auto& result : results) {
    curves.push_back(curve_of(folder_name(result.folder), result.failovers, Measure::service));
  }
  return curves;
}

std::vector<Curve> curves_of_sweep(const Sweep& sweep) {
  std::vector<Curve> curves;
  for (std::size_t i = 0; i < sweep.results.size(); ++i) {
    curves.push_back(curve_of(sweep.values[i], sweep.results[i].failovers, Measure::service));
  }
  return curves;
}

std::string title_of_sweep(const Sweep& sweep, std::vector<Curve> curves) {
  if (!sweep.combines()) return finding_of_sweep(sweep.key, curves, Measure::service);
  for (std::size_t i = 0; i < curves.size(); ++i) curves[i].label = sweep.names[i];
  return finding_of_sweep("", curves, Measure::service);
}

std::string by_key(const Sweep& sweep) {
  return "by-" + file_name(sweep.key.empty() ? "value" : sweep.key);
}

// --- peers that exchange contents

// For example "n = 40, seeds 1–100". Each of the `lines` must have a member `seed`.
template <class Lines>
std::string sample_of(std::size_t n, const Lines& lines) {
  std::vector<Failover> seeds;  // sample_text() takes failovers; only their seeds are used
  for (const auto& line : lines) {
    if (!seeds.empty() && seeds.back().seed == line.seed) continue;
    seeds.emplace_back();
    seeds.back().seed = line.seed;
  }
  const auto text = sample_text(seeds);
  return fmt::format("n = {}{}", n, text.substr(std::min(text.find(','), text.size())));
}

std::string peers_sample(const std::vector<Downloads>& all) {
  std::vector<PeerLine> lines;
  for (const auto& one : all) lines.insert(lines.end(), one.peers.begin(), one.peers.end());
  const auto n = std::count_if(lines.begin(), lines.end(),
                               [](const PeerLine& peer) { return peer.fetches(); });
  return sample_of(static_cast<std::size_t>(n), lines);
}

std::vector<Curve> curves_of_groups(const Downloads& downloads) {
  std::vector<Curve> curves;
  std::vector<std::string> known;
  for (const auto& peer : downloads.peers) {
    if (!peer.fetches() || std::find(known.begin(), known.end(), peer.group) != known.end())
      continue;
    known.push_back(peer.group);
    std::vector<PeerLine> own;
    for (const auto& other : downloads.peers)
      if (other.group == peer.group) own.push_back(other);
    curves.push_back(download_curve(peer.group, own));
  }
  return curves;
}

CdfFigure cdf_of_downloads(const std::string& name, const std::vector<Downloads>& all,
                           const std::string& title, const std::string& curves_name,
                           const std::vector<Curve>& curves) {
  return {name,
          title,
          {joined(peers_sample(all), origin_text(all.front().info)), definition(Measure::download)},
          Measure::download,
          {{"", curves_name, curves, {}, {}}},
          std::nullopt};
}

// --- clients of BEP 15

std::string title_of_clients(const std::vector<Curve>& curves, bool faults) {
  if (!curves.empty()) return finding_of_tails(curves, Measure::announce);
  return faults ? "No client met the fault" : "No client came";
}

}  // namespace

std::string folder_name(const fs::path& folder) {
  const auto path = fs::absolute(folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

std::string file_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
    if (plain || (!name.empty() && name.back() != '-')) name += plain ? c : '-';
  }
  return name;
}

Sweep read_sweep(const std::vector<SweepValue>& found) {
  Sweep sweep;
  const auto first = key_of(found.front().settings());
  const bool one_key = std::all_of(found.begin(), found.end(), [&](const SweepValue& v) {
    return key_of(v.settings()) == first;
  });
  sweep.key = one_key ? first : "";
  for (const auto& one : found) {
    sweep.results.push_back(read_result(one.folder));
    // Removes the value from the scenario's name, because the curve is labelled with that value.
    auto& scenario = sweep.results.back().info.scenario;
    const auto own = ", " + one.key + "=" + one.value;
    if (scenario.ends_with(own)) scenario.resize(scenario.size() - own.size());
    const auto named = [](const auto& setting) {
      return readable_key(setting.first) + " " + readable_value(setting.second);
    };
    const auto valued = [](const auto& setting) { return readable_value(setting.second); };
    const auto settings = one.settings();
    sweep.names.push_back(joined_settings(settings, " and ", named));
    sweep.values.push_back(one_key ? joined_settings(settings, between_keys, valued)
                                   : sweep.names.back());
  }
  return sweep;
}

CdfFigure cdf_of_folders(const std::vector<Result>& results) {
  const auto curves = curves_of_folders(results);
  return {"service-gap-cdf",
          finding(curves, Measure::service),
          small_print(results, "curve", definition(Measure::service)),
          Measure::service,
          {{"", "", curves, {}, {}}},
          std::nullopt};
}

CdfFigure cdf_of_sweep(const Sweep& sweep) {
  const auto curves = curves_of_sweep(sweep);
  return {"service-gap-cdf-" + by_key(sweep),
          title_of_sweep(sweep, curves),
          small_print(sweep.results, "curve", definition(Measure::service)),
          Measure::service,
          {{"", sweep.key, curves, {}, {}}},
          std::nullopt};
}

BoxFigure boxes_of(const Sweep& sweep) {
  const auto curves = curves_of_sweep(sweep);
  return {"service-gap-" + by_key(sweep),
          title_of_sweep(sweep, curves),
          small_print(sweep.results, "value",
                      definition(Measure::service) +
                          "; box 25–75 %, whiskers 1–99 %, dots single failovers"),
          Measure::service,
          sweep.key,
          curves};
}

TimelineFigure whole_run(const Timeline& timeline, const RunInfo& info, const std::string& suffix) {
  return {"timeline-run" + suffix,
          finding(timeline),
          {joined(origin_text(info), info.seed.empty() ? "" : "seed " + info.seed)},
          timeline,
          0,
          timeline.end_ms,
          std::nullopt};
}

bool has_peers(const fs::path& folder) {
  return fs::exists(folder / "peers.csv");
}

Downloads read_downloads(const fs::path& folder) {
  return {folder, read_run_info(folder), read_peers(folder / "peers.csv")};
}

CdfFigure cdf_of_downloads(const Downloads& one, const std::string& suffix) {
  const auto curves = curves_of_groups(one);
  return cdf_of_downloads("complete-cdf" + suffix, {one}, finding(curves, Measure::download), "",
                          curves);
}

CdfFigure cdf_of_downloads(const Sweep& sweep) {
  std::vector<Downloads> all;
  std::vector<Curve> curves;
  for (std::size_t i = 0; i < sweep.results.size(); ++i) {
    all.push_back(read_downloads(sweep.results[i].folder));
    all.back().info = sweep.results[i].info;
    curves.push_back(download_curve(sweep.values[i], all.back().peers));
  }
  return cdf_of_downloads(
      "complete-cdf-" + by_key(sweep), all,
      finding_of_sweep(sweep.combines() ? "" : sweep.key, curves, Measure::download), sweep.key,
      curves);
}

bool is_of_peers(const Sweep& sweep) {
  return std::all_of(sweep.results.begin(), sweep.results.end(),
                     [](const Result& result) { return has_peers(result.folder); });
}

// Draws only the peers of the first run, because more bars could not be told apart.
UploadFigure uploads_of(const Downloads& downloads, const std::string& suffix) {
  UploadFigure figure{"sent-by-peer" + suffix, {}, {}};
  for (const auto& peer : downloads.peers)
    if (peer.run == downloads.peers.front().run) figure.peers.push_back(peer);
  const auto seed = downloads.peers.empty() ? std::string()
                                            : fmt::format("seed {}", downloads.peers.front().seed);
  figure.small_print = {joined(seed, origin_text(downloads.info)),
                        "bytes of blocks that left each peer, in multiples of what it exchanges"};
  return figure;
}

bool has_clients(const fs::path& folder) {
  return fs::exists(folder / "clients.csv");
}

CdfFigure cdf_of_clients(const fs::path& folder, const std::string& suffix) {
  const auto all = read_clients(folder / "clients.csv");
  const auto info = read_run_info(folder);
  const bool faults = info.faults ? *info.faults > 0 : some_met_a_fault(all);
  const auto lines = announces_of_faults(all, faults);
  const auto curves = curves_of_kinds(lines);
  const auto which = faults ? "; of those wanted or waiting while something was broken"
                            : "; nothing was broken meanwhile";
  return {"answered-cdf" + suffix,
          title_of_clients(curves, faults),
          {joined(sample_of(lines.size(), lines), origin_text(info)),
           definition(Measure::announce) + which},
          Measure::announce,
          {{"", "clients", curves, {}, {}}},
          std::nullopt};
}

bool has_failovers(const Result& result) {
  return !result.failovers.empty();
}

bool tells_of_faults(const Result& result) {
  return !result.failovers.empty() || !(has_peers(result.folder) || has_clients(result.folder));
}

}  // namespace swarm::observe
