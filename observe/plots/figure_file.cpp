#include "observe/plots/figure_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "observe/plots/plot_text.hpp"

namespace swarm::observe {
namespace {

constexpr auto published_header = "curve,percent,ms,label";

class FigureReader {
 public:
  explicit FigureReader(const std::filesystem::path& file)
      : file_(file), folder_(file.parent_path()) {}

  CdfFigure read() {
    std::ifstream in(file_);
    const auto json = nlohmann::json::parse(in);
    CdfFigure figure;
    figure.name = json.at("name").get<std::string>();
    figure.measure = measure(json.at("measure").get<std::string>());
    measure_ = figure.measure;
    if (json.contains("x")) figure.x_range = {json["x"].at(0), json["x"].at(1)};
    if (figure.name.empty() || figure.name.find('/') != std::string::npos) {
      throw BadFile(file_.string(), 1, "its name is not the name of a file.");
    }
    for (const auto& panel : json.at("panels")) figure.panels.push_back(read_panel(panel));
    if (figure.panels.empty()) throw BadFile(file_.string(), 1, "it has no panels.");
    figure.title = title(figure, json.value("title", ""));
    figure.small_print = {sample(), definition(measure_)};
    if (json.contains("note")) figure.small_print.push_back(json["note"].get<std::string>());
    return figure;
  }

 private:
  Measure measure(const std::string& name) const {
    if (name == "service") return Measure::service;
    if (name == "without_master") return Measure::without_master;
    throw BadFile(file_.string(), 1, "measure is neither service nor without_master.");
  }

  CdfPanel read_panel(const nlohmann::json& json) {
    CdfPanel panel;
    panel.title = json.value("title", "");
    panel.curves_name = json.value("curves", "");
    if (json.contains("x")) panel.x_range = {json["x"].at(0), json["x"].at(1)};
    const auto sweep = folder_ / json.at("sweep").get<std::string>();
    for (const auto& value : find_sweep(sweep)) {
      panel.curves.push_back(curve(readable_value(value.value), value.folder));
    }
    if (panel.curves.empty()) {
      throw BadFile(file_.string(), 1, fmt::format("{} holds no sweep.", sweep.string()));
    }
    for (const auto& other : json.value("beside", nlohmann::json::array())) {
      panel.references.push_back(curve(other.at("label").get<std::string>(),
                                       folder_ / other.at("folder").get<std::string>()));
    }
    if (json.contains("published")) {
      panel.marks = marks(folder_ / json["published"].get<std::string>());
    }
    return panel;
  }

  Curve curve(const std::string& label, const std::filesystem::path& folder) {
    const auto result = read_result(folder);
    const auto made = curve_of(label, result.failovers, measure_);
    sizes_.insert(made.n);
    for (const auto& failover : result.failovers) seeds_.insert(failover.seed);
    if (!result.info.version.empty()) version_ = result.info.version;
    return made;
  }

  static std::vector<Mark> marks(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::vector<Mark> read;
    for (const auto& line : read_csv(in, file.string(), published_header)) {
      read.push_back({number_in(line, 2, file.string()), number_in(line, 1, file.string()),
                      line.cells[3], readable_value(line.cells[0])});
    }
    return read;
  }

  // Returns the given title if there is one. Otherwise states the finding of the first panel. If
  // that panel has a reference, it compares the longest time of the reference with those of the
  // panel's curves.
  static std::string title(const CdfFigure& figure, const std::string& given) {
    if (!given.empty()) return given;
    const auto& panel = figure.panels.front();
    if (panel.references.empty()) return finding(panel.curves, figure.measure);
    return comparison(panel, figure.measure);
  }

  static std::string comparison(const CdfPanel& panel, Measure measure) {
    const auto& ours = panel.references.front();
    std::vector<double> slowest;
    bool some_never = false;
    for (const auto& one : panel.curves) {
      if (const auto last = quantile(one, 100))
        slowest.push_back(*last);
      else
        some_never = true;
    }
    const auto own = quantile(ours, 100);
    if (!own || slowest.empty()) return finding(ours, measure);
    const auto [least, most] = std::minmax_element(slowest.begin(), slowest.end());
    return fmt::format("Longest {}: {} with {}, {} to {}{} with a {} a range", axis_name(measure),
                       in_ms(*own), ours.label, in_ms(*least), in_ms(*most),
                       some_never ? " or no end" : "", panel.curves_name);
  }

  std::string sample() const {
    auto text = sizes_.size() == 1
                    ? fmt::format("n = {} a curve", *sizes_.begin())
                    : fmt::format("n = {} to {} a curve", *sizes_.begin(), *sizes_.rbegin());
    if (!seeds_.empty()) text += fmt::format(", seeds {}–{}", *seeds_.begin(), *seeds_.rbegin());
    return version_.empty() ? text : text + " · swarm-sim " + version_;
  }

  std::filesystem::path file_, folder_;
  Measure measure_{};
  std::set<std::size_t> sizes_;
  std::set<std::uint64_t> seeds_;
  std::string version_;
};

std::size_t line_of_byte(const std::filesystem::path& file, std::size_t byte) {
  std::ifstream in(file);
  std::size_t line = 1;
  for (char c{}; byte > 1 && in.get(c); --byte) line += c == '\n';
  return line;
}

}  // namespace

CdfFigure read_figure(const std::filesystem::path& file) {
  try {
    return FigureReader(file).read();
  } catch (const nlohmann::json::parse_error& error) {
    throw BadFile(file.string(), line_of_byte(file, error.byte), "is not JSON.");
  } catch (const nlohmann::json::exception& error) {
    throw BadFile(file.string(), 1, error.what());
  }
}

}  // namespace swarm::observe
