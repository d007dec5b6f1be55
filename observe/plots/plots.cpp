// The only file that talks to gnuplot.
#include "observe/plots/plots.hpp"

#include <fmt/format.h>
#include <gnuplot-iostream.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "observe/plots/ascii_plot.hpp"
#include "observe/plots/box_plot.hpp"
#include "observe/plots/cdf_plot.hpp"
#include "observe/plots/client_data.hpp"
#include "observe/plots/figure_file.hpp"
#include "observe/plots/peer_data.hpp"
#include "observe/plots/plot_data.hpp"
#include "observe/plots/plot_text.hpp"
#include "observe/plots/timeline_plot.hpp"
#include "observe/plots/upload_plot.hpp"

namespace swarm::observe {
namespace {

namespace fs = std::filesystem;

bool gnuplot_is_installed() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((fs::path(folder) / "gnuplot").c_str(), X_OK) == 0) return true;
  }
  return false;
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error(fmt::format("{} cannot be written.", file.string()));
}

// Gnuplot loads the file that the reader will load; only two short lines go through the pipe, so
// that a gnuplot which gives up early cannot break it.
void draw(const std::string& name, const fs::path& out) {
  Gnuplot gnuplot("gnuplot");
  gnuplot << "cd " << quoted_name(out.string()) << "\nload " << quoted_name(name + ".gp") << "\n";
  gnuplot.flush();
}

std::string folder_name(const fs::path& folder) {
  const auto path = fs::absolute(folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

// "t1,t2 power/loss" -> "t1-t2-power-loss": for the name of a file.
std::string file_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
    if (plain || (!name.empty() && name.back() != '-')) name += plain ? c : '-';
  }
  return name;
}

struct Sweep {
  std::string key;  // of several, in all combinations: "promise · loss"; of several else: empty
  std::vector<Result> results;
  std::vector<std::string> values;  // as lists and axes name them: "30 ms · 1 %"
  std::vector<std::string> names;   // as titles do: "promise 30 ms and loss 1 %"

  bool combines() const { return key.find(between_keys) != std::string::npos; }
};

using Settings = std::vector<std::pair<std::string, std::string>>;

// What `part` says of each setting, in one line.
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

Sweep read_sweep(const std::vector<SweepValue>& found) {
  Sweep sweep;
  const auto first = key_of(found.front().settings());
  const bool one_key = std::all_of(found.begin(), found.end(), [&](const SweepValue& v) {
    return key_of(v.settings()) == first;
  });
  sweep.key = one_key ? first : "";
  for (const auto& one : found) {
    sweep.results.push_back(read_result(one.folder));
    // Its own value is the name of its curve; the scenario's name is the same for all.
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

std::vector<Failover> pooled(const std::vector<Result>& results) {
  std::vector<Failover> all;
  for (const auto& result : results) {
    all.insert(all.end(), result.failovers.begin(), result.failovers.end());
  }
  return all;
}

// "n = 100 a curve, seeds ..." where all have as many.
std::string sample_of(const std::vector<Result>& results, const std::string& each) {
  auto text = sample_text(pooled(results));
  const auto size = results.front().failovers.size();
  const bool alike = std::all_of(results.begin(), results.end(),
                                 [&](const Result& r) { return r.failovers.size() == size; });
  if (results.size() < 2 || !alike) return text;
  return fmt::format("n = {} a {}{}", size, each,
                     text.substr(std::min(text.find(','), text.size())));
}

// The scenarios' names, each once; the first version.
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

CdfFigure cdf_of_folders(const std::vector<Result>& results) {
  const auto curves = curves_of_folders(results);
  return {"service-gap-cdf",
          finding(curves, Measure::service),
          small_print(results, "curve", definition(Measure::service)),
          Measure::service,
          {{"", "", curves, {}, {}}},
          std::nullopt};
}

std::string title_of_sweep(const Sweep& sweep, std::vector<Curve> curves) {
  if (!sweep.combines()) return finding_of_sweep(sweep.key, curves, Measure::service);
  for (std::size_t i = 0; i < curves.size(); ++i) curves[i].label = sweep.names[i];
  return finding_of_sweep("", curves, Measure::service);
}

std::string by_key(const Sweep& sweep) {
  return "by-" + file_name(sweep.key.empty() ? "value" : sweep.key);
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

// --- peers that exchange contents

struct Downloads {
  fs::path folder;
  RunInfo info;
  std::vector<PeerLine> peers;
};

bool has_peers(const fs::path& folder) {
  return fs::exists(folder / "peers.csv");
}

Downloads read_downloads(const fs::path& folder) {
  return {folder, read_run_info(folder), read_peers(folder / "peers.csv")};
}

// "n = 40, seeds 1–100", of lines that know their seed.
template <class Lines>
std::string sample_of(std::size_t n, const Lines& lines) {
  std::vector<Failover> seeds;  // for their numbers alone
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

// The peers of the first run: bars of many would be a blur.
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

// --- clients of BEP 15

bool has_clients(const fs::path& folder) {
  return fs::exists(folder / "clients.csv");
}

std::string title_of_clients(const std::vector<Curve>& curves, bool faults) {
  if (!curves.empty()) return finding_of_tails(curves, Measure::announce);
  return faults ? "No client met the fault" : "No client came";
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

// Faults were measured, or there is nothing else to tell of.
bool tells_of_faults(const Result& result) {
  return !result.failovers.empty() || !(has_peers(result.folder) || has_clients(result.folder));
}

std::string ascii(const CdfFigure& figure, std::size_t columns) {
  return ascii_cdf(figure.title, figure.panels.front().curves, figure.measure, columns);
}

// Nothing is written before all is read and every figure has a name of its own.
class Plotter {
 public:
  explicit Plotter(std::ostream& messages) : messages_(messages) {}

  void folders(const std::vector<fs::path>& all) {
    std::vector<Result> results;
    for (const auto& folder : all) {
      const bool several = all.size() > 1;
      const auto suffix = several ? "-" + file_name(folder_name(folder)) : "";
      if (!folder_of_its_own(folder, results, suffix)) {
        throw std::runtime_error(
            fmt::format("{} holds nothing to plot: no failover.csv, peers.csv, clients.csv, "
                        "timeline.csv, sweep (key=value/failover.csv) or figure.json.",
                        folder.string()));
      }
    }
    if (std::any_of(results.begin(), results.end(), has_failovers))
      add_cdf(cdf_of_folders(results));
  }

  std::vector<std::string> write(const fs::path& out) const {
    std::vector<std::string> files;
    for (const auto& plot : plots_) {
      const auto written = write_plot(plot, out, messages_);
      files.insert(files.end(), written.begin(), written.end());
    }
    return files;
  }

 private:
  bool folder_of_its_own(const fs::path& folder, std::vector<Result>& results,
                         const std::string& suffix) {
    bool something = false;
    if (fs::exists(folder / "figure.json")) {
      add(cdf_plot(read_figure(folder / "figure.json")));
      something = true;
    }
    if (const auto values = find_sweep(folder); !values.empty()) {
      sweep(read_sweep(values), suffix);
      something = true;
    }
    if (fs::exists(folder / "failover.csv")) {
      if (auto result = read_result(folder); tells_of_faults(result))
        results.push_back(std::move(result));
      something = true;
    }
    if (has_clients(folder)) {
      add_cdf(cdf_of_clients(folder, suffix));
      something = true;
    }
    if (has_peers(folder)) {
      downloads(read_downloads(folder), suffix);
      something = true;
    }
    if (fs::exists(folder / "timeline.csv")) {
      timeline(folder, suffix);
      something = true;
    }
    return something;
  }

  void downloads(const Downloads& found, const std::string& suffix) {
    add_cdf(cdf_of_downloads(found, suffix));
    add(upload_plot(uploads_of(found, suffix)));
  }

  void sweep(const Sweep& found, const std::string& suffix) {
    if (is_of_peers(found)) {
      auto complete = cdf_of_downloads(found);
      complete.name += suffix;
      add_cdf(complete);
      if (std::none_of(found.results.begin(), found.results.end(), tells_of_faults)) return;
    }
    auto cdf = cdf_of_sweep(found);
    cdf.name += suffix;
    if (!add_cdf(cdf)) return;
    auto boxes = boxes_of(found);
    boxes.name += suffix;
    add(box_plot(boxes));
  }

  void timeline(const fs::path& folder, const std::string& suffix) {
    auto read = read_timeline(folder / "timeline.csv");
    if (read.roles.empty()) {
      messages_ << (folder / "timeline.csv").string() << " names no tracker: no timeline drawn.\n";
      return;
    }
    const auto info = read_run_info(folder);
    if (fs::exists(folder / "failover.csv")) read.add(read_result(folder).failovers, info.seed);
    const auto figure = whole_run(read, info, suffix);
    add(timeline_plot(figure));
    if (const auto zoom = zoom_of(read)) {
      add(timeline_plot({"timeline-first-fault" + suffix, zoom->title, figure.small_print, read,
                         zoom->from_ms, zoom->to_ms, zoom->fault_ms}));
    }
  }

  bool add_cdf(const CdfFigure& figure) {
    const auto& curves = figure.panels.front().curves;
    const bool empty =
        std::all_of(curves.begin(), curves.end(), [](const Curve& c) { return c.values.empty(); });
    if (empty) {
      messages_ << figure.title << ": no picture of the " << axis_name(figure.measure) << ".\n";
      return false;
    }
    add(cdf_plot(figure));
    return true;
  }

  void add(Plot plot) {
    for (const auto& other : plots_) {
      if (other.name != plot.name) continue;
      throw std::runtime_error(
          fmt::format("two figures would be called {}: plot their folders one by one.", plot.name));
    }
    plots_.push_back(std::move(plot));
  }

  std::ostream& messages_;
  std::vector<Plot> plots_;
};

}  // namespace

std::vector<std::string> write_plot(const Plot& plot, const fs::path& out, std::ostream& messages) {
  std::error_code error;
  fs::create_directories(out, error);
  if (error) {
    throw std::runtime_error(
        fmt::format("the folder {} cannot be made: {}.", out.string(), error.message()));
  }
  const auto path = [&](const char* ending) { return out / (plot.name + ending); };
  write_text(path(".csv"), plot.csv);
  write_text(path(".gp"), plot.script);
  std::vector<std::string> files{path(".csv").string(), path(".gp").string()};
  if (!gnuplot_is_installed()) {
    messages << fmt::format(
        "gnuplot is not installed (apt-get install gnuplot-nox): {} is written, not drawn.\n",
        path(".gp").string());
    return files;
  }
  for (const auto* ending : {".svg", ".png"}) fs::remove(path(ending));
  draw(plot.name, out);
  for (const auto* ending : {".svg", ".png"}) {
    if (fs::exists(path(ending)) && fs::file_size(path(ending)) > 0) {
      files.insert(files.begin(), path(ending).string());
    } else {
      messages << fmt::format("gnuplot did not draw {}; what it says is above.\n",
                              path(ending).string());
    }
  }
  return files;
}

std::vector<std::string> plot_folders(const std::vector<fs::path>& folders, const fs::path& out,
                                      std::ostream& messages) {
  if (folders.empty()) throw std::runtime_error("no folder to plot is given.");
  for (const auto& folder : folders) {
    if (!fs::is_directory(folder)) {
      throw std::runtime_error(fmt::format("{} is not a folder.", folder.string()));
    }
  }
  Plotter plotter(messages);
  plotter.folders(folders);
  return plotter.write(out.empty() ? folders.front() : out);
}

std::string ascii_cdf(const std::vector<fs::path>& folders, std::size_t columns) {
  std::string text;
  std::vector<Result> results;
  for (const auto& folder : folders) {
    if (const auto values = find_sweep(folder); !values.empty()) {
      const auto sweep = read_sweep(values);
      const bool of_peers = is_of_peers(sweep);
      if (of_peers) text += ascii(cdf_of_downloads(sweep), columns);
      if (!of_peers || std::any_of(sweep.results.begin(), sweep.results.end(), tells_of_faults))
        text += ascii(cdf_of_sweep(sweep), columns);
      continue;
    }
    if (has_clients(folder)) text += ascii(cdf_of_clients(folder, ""), columns);
    if (has_peers(folder)) {
      const auto found = read_downloads(folder);
      text += ascii(cdf_of_downloads(found, ""), columns);
      text += ascii_uploads(uploads_of(found, ""), columns);
    }
    auto result = read_result(folder);
    if (tells_of_faults(result)) results.push_back(std::move(result));
  }
  if (!results.empty()) text += ascii(cdf_of_folders(results), columns);
  return text;
}

}  // namespace swarm::observe
