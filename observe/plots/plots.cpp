#include "observe/plots/plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "observe/plots/ascii_plot.hpp"
#include "observe/plots/figure_file.hpp"
#include "observe/plots/folder_figures.hpp"
#include "observe/plots/plot_text.hpp"

namespace swarm::observe {
namespace {

namespace fs = std::filesystem;

std::string ascii(const CdfFigure& figure, std::size_t columns) {
  return ascii_cdf(figure.title, figure.panels.front().curves, figure.measure, columns);
}

// Collects the plots of all folders. Nothing is written before all folders have been read and no
// two plots have the same name.
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
