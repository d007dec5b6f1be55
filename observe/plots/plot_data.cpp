#include "observe/plots/plot_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <istream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <tuple>
#include <utility>

namespace swarm::observe {
namespace {

constexpr auto failover_header =
    "run,seed,fault,at_ms,detection_ms,election_ms,service_ms,watched_ms";
// The header of a program that watches every failover to its end (tests/lan/failover_bench.cpp).
constexpr auto shorter_failover_header = "run,seed,fault,at_ms,detection_ms,election_ms,service_ms";
constexpr auto timeline_header = "kind,tracker,from_ms,to_ms,label,value";
constexpr auto sweep_header = "key,value,folder";

std::vector<std::string> split_cells(const std::string& line, const std::string& name,
                                     std::size_t number) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += line[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  if (quoted) throw BadFile(name, number, "a quotation mark is opened and never closed.");
  return cells;
}

bool next_line(std::istream& in, std::string& line) {
  if (!std::getline(in, line)) return false;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

// Parses a cell as a number. nullopt if a part of the cell is no number.
template <class T>
std::optional<T> parsed(const std::string& text) {
  T value{};
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::uint64_t count_in(const CsvLine& line, std::size_t cell, const std::string& name) {
  const auto value = parsed<std::uint64_t>(line.cells[cell]);
  if (!value) {
    throw BadFile(name, line.number, fmt::format("'{}' is not a whole number.", line.cells[cell]));
  }
  return *value;
}

double time_in(const CsvLine& line, std::size_t cell, const std::string& name) {
  const double value = number_in(line, cell, name);
  if (value < 0) {
    throw BadFile(name, line.number, fmt::format("{} ms is less than nothing.", value));
  }
  return value;
}

std::optional<double> time_if_any(const CsvLine& line, std::size_t cell, const std::string& name) {
  if (line.cells[cell].empty()) return std::nullopt;
  return time_in(line, cell, name);
}

const std::set<std::string>& roles() {
  static const std::set<std::string> known{"stranger", "learner", "slave", "candidate",
                                           "master",   "removed", "down",  "paused"};
  return known;
}

RoleSpan role_of(const CsvLine& line, double from, double to, const std::string& name) {
  if (!roles().contains(line.cells[4])) {
    throw BadFile(name, line.number, fmt::format("'{}' is not a role.", line.cells[4]));
  }
  if (line.cells[1].empty()) throw BadFile(name, line.number, "a role without a tracker.");
  return {line.cells[1], from, to, line.cells[4]};
}

// Marks a span without an end, which lasts until the end of the run. That end is known only when
// the whole file has been read.
constexpr double without_end = -1;

void add_line(Timeline& timeline, const CsvLine& line, const std::string& name) {
  const auto& kind = line.cells[0];
  const double from = time_in(line, 2, name);
  const double to = time_if_any(line, 3, name).value_or(without_end);
  if (to != without_end && to < from) {
    throw BadFile(name, line.number, fmt::format("it ends ({} ms) before it begins.", to));
  }
  timeline.end_ms = std::max({timeline.end_ms, from, to});
  if (kind == "role") {
    timeline.roles.push_back(role_of(line, from, to, name));
  } else if (kind == "fault") {
    timeline.faults.push_back({line.cells[1], from, to, line.cells[4]});
  } else if (kind == "mark") {
    timeline.marks.push_back({line.cells[1], from, from, line.cells[4]});
  } else if (kind == "answers") {
    if (to == without_end) throw BadFile(name, line.number, "a bin of answers without an end.");
    timeline.answers.push_back({from, to, time_in(line, 5, name)});
  } else {
    throw BadFile(name, line.number,
                  fmt::format("'{}' is none of role, fault, mark, answers.", kind));
  }
}

std::ifstream opened(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{} cannot be read.", file.string()));
  return in;
}

// The numbers in a text, converted by their units, so that 9ms < 10ms < 1s.
std::vector<double> numbers_in(const std::string& text) {
  std::vector<double> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    // The dots in "150ms..155ms" are no decimal points.
    const bool digit = *at >= '0' && *at <= '9';
    double value{};
    const auto [stop, error] = digit ? std::from_chars(at, end, value)
                                     : std::from_chars_result{at, std::errc::invalid_argument};
    if (error != std::errc{}) {
      ++at;
      continue;
    }
    const std::string unit(stop,
                           std::find_if(stop, end, [](char c) { return c < 'a' || c > 'z'; }));
    if (unit == "us") value *= 1e-6;
    if (unit == "ms") value *= 1e-3;
    numbers.push_back(value);
    at = stop;
  }
  return numbers;
}

std::vector<SweepValue> sweep_from_file(const std::filesystem::path& folder) {
  const auto file = folder / "sweep.csv";
  auto in = opened(file);
  std::vector<SweepValue> values;
  for (const auto& line : read_csv(in, file.string(), sweep_header)) {
    const auto sub = folder / line.cells[2];
    if (!std::filesystem::exists(sub / "failover.csv")) {
      throw BadFile(file.string(), line.number,
                    fmt::format("there is no {}.", (sub / "failover.csv").string()));
    }
    values.push_back({line.cells[0], line.cells[1], sub});
  }
  return values;
}

std::vector<SweepValue> sweep_from_names(const std::filesystem::path& folder) {
  std::vector<SweepValue> values;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    const auto equals = name.find('=');
    if (equals == std::string::npos || !std::filesystem::exists(entry.path() / "failover.csv")) {
      continue;
    }
    values.push_back({name.substr(0, equals), name.substr(equals + 1), entry.path()});
  }
  std::sort(values.begin(), values.end(), [](const SweepValue& a, const SweepValue& b) {
    if (a.key != b.key) return a.key < b.key;
    return by_number(a.value, b.value);
  });
  return values;
}

std::string text_at(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

}  // namespace

BadFile::BadFile(const std::string& file, std::size_t line, const std::string& sentence)
    : std::runtime_error(fmt::format("{}:{}: {}", file, line, sentence)) {}

std::optional<double> Failover::without_master_ms() const {
  if (!detection_ms || !election_ms) return std::nullopt;
  return *detection_ms + *election_ms;
}

std::vector<std::string> Timeline::trackers() const {
  std::set<std::string> names;
  for (const auto& span : roles) names.insert(span.tracker);
  std::vector<std::string> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end(), by_number);
  return sorted;
}

void Timeline::add(const std::vector<Failover>& failovers, const std::string& seed) {
  constexpr double rounding = 1e-5;  // ms; the times in the files are rounded
  for (const auto& failover : failovers) {
    if (!seed.empty() && fmt::format("{}", failover.seed) != seed) continue;
    const auto own = std::find_if(faults.begin(), faults.end(), [&](const FaultSpan& fault) {
      return fault.label == failover.fault && std::abs(fault.from_ms - failover.at_ms) < rounding;
    });
    if (own != faults.end()) own->measured = failover;
  }
}

std::vector<std::pair<std::string, std::string>> SweepValue::settings() const {
  std::vector<std::pair<std::string, std::string>> all{{key, {}}};
  std::istringstream parts(value);
  bool first = true;
  for (std::string part; std::getline(parts, part, ',');) {
    const auto equals = part.find('=');
    if (!first && equals != std::string::npos) {
      all.emplace_back(part.substr(0, equals), part.substr(equals + 1));
    } else {
      all.back().second += (first ? "" : ",") + part;
    }
    first = false;
  }
  return all;
}

std::vector<CsvLine> read_csv(std::istream& in, const std::string& name, const std::string& header,
                              const std::string& shorter) {
  std::string text;
  if (!next_line(in, text)) throw BadFile(name, 1, fmt::format("empty; expected '{}'.", header));
  if (text != header && (shorter.empty() || text != shorter))
    throw BadFile(name, 1, fmt::format("expected the header '{}'.", header));
  const auto columns = static_cast<std::size_t>(std::count(text.begin(), text.end(), ',')) + 1;
  std::vector<CsvLine> lines;
  for (std::size_t number = 2; next_line(in, text); ++number) {
    if (text.empty()) continue;
    auto cells = split_cells(text, name, number);
    if (cells.size() != columns) {
      throw BadFile(name, number,
                    fmt::format("{} cells where {} are expected.", cells.size(), columns));
    }
    lines.push_back({number, std::move(cells)});
  }
  return lines;
}

double number_in(const CsvLine& line, std::size_t cell, const std::string& name) {
  const auto value = parsed<double>(line.cells[cell]);
  if (!value || !std::isfinite(*value)) {
    throw BadFile(name, line.number, fmt::format("'{}' is not a number.", line.cells[cell]));
  }
  return *value;
}

double amount_in(const CsvLine& line, std::size_t cell, const std::string& name) {
  const double value = number_in(line, cell, name);
  if (value < 0)
    throw BadFile(name, line.number, fmt::format("{} is less than nothing.", line.cells[cell]));
  return value;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c == '\n' || c == '\r' ? ' ' : c;
  }
  return quoted + '"';
}

std::vector<Failover> read_failovers(std::istream& in, const std::string& name) {
  std::vector<Failover> failovers;
  for (const auto& line : read_csv(in, name, failover_header, shorter_failover_header)) {
    failovers.push_back({count_in(line, 0, name), count_in(line, 1, name), line.cells[2],
                         time_in(line, 3, name), time_if_any(line, 4, name),
                         time_if_any(line, 5, name), time_if_any(line, 6, name),
                         line.cells.size() > 7 ? time_if_any(line, 7, name) : std::nullopt});
  }
  return failovers;
}

Timeline read_timeline(std::istream& in, const std::string& name) {
  Timeline timeline;
  for (const auto& line : read_csv(in, name, timeline_header)) add_line(timeline, line, name);
  const auto close = [&](auto& spans) {
    for (auto& span : spans) {
      if (span.to_ms == without_end) span.to_ms = timeline.end_ms;
    }
  };
  close(timeline.roles);
  close(timeline.faults);
  return timeline;
}

Timeline read_timeline(const std::filesystem::path& file) {
  auto in = opened(file);
  return read_timeline(in, file.string());
}

RunInfo read_run_info(const std::filesystem::path& folder) {
  const auto file = folder / "summary.json";
  if (!std::filesystem::exists(file)) return {};
  auto in = opened(file);
  const auto json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_object()) throw BadFile(file.string(), 1, "is not a JSON object.");
  RunInfo info{text_at(json, "scenario"), text_at(json, "version"), text_at(json, "seed")};
  if (const auto faults = json.find("faults"); faults != json.end() && faults->is_number_unsigned())
    info.faults = faults->get<std::uint64_t>();
  return info;
}

Result read_result(const std::filesystem::path& folder) {
  const auto file = folder / "failover.csv";
  auto in = opened(file);
  return {folder, read_run_info(folder), read_failovers(in, file.string())};
}

bool by_number(const std::string& a, const std::string& b) {
  return std::tuple(numbers_in(a), a) < std::tuple(numbers_in(b), b);
}

std::vector<SweepValue> find_sweep(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) return {};
  if (std::filesystem::exists(folder / "sweep.csv")) return sweep_from_file(folder);
  return sweep_from_names(folder);
}

Curve curve_of(const std::string& label, const std::vector<Failover>& failovers, Measure measure) {
  Curve curve{label, {}, failovers.size()};
  for (const auto& failover : failovers) {
    const auto value =
        measure == Measure::service ? failover.service_ms : failover.without_master_ms();
    if (value) curve.values.push_back(*value);
  }
  std::sort(curve.values.begin(), curve.values.end());
  return curve;
}

Seeds seeds_of(const std::vector<Failover>& failovers) {
  std::set<std::uint64_t> seeds;
  for (const auto& failover : failovers) seeds.insert(failover.seed);
  if (seeds.empty()) return {};
  return {*seeds.begin(), *seeds.rbegin(), seeds.size()};
}

std::optional<double> quantile(const Curve& curve, double percent) {
  if (curve.n == 0) return std::nullopt;
  // Subtracts a little, so that a rounding error does not raise 0.99 * 100 to the next rank.
  const double exact = percent / 100 * static_cast<double>(curve.n);
  const auto rank = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(exact - 1e-9)));
  if (rank > curve.values.size()) return std::nullopt;
  return curve.values[rank - 1];
}

std::vector<Point> cumulative(const Curve& curve, std::size_t most) {
  std::vector<Point> steps;
  for (std::size_t i = 0; i < curve.values.size(); ++i) {
    const double percent = 100.0 * static_cast<double>(i + 1) / static_cast<double>(curve.n);
    if (!steps.empty() && steps.back().ms == curve.values[i]) {
      steps.back().percent = percent;
    } else {
      steps.push_back({curve.values[i], percent});
    }
  }
  const auto stride = std::max<std::size_t>(1, steps.size() / most);
  std::vector<Point> points;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i >= 10 && i + 10 < steps.size() && i % stride != 0) continue;
    points.push_back({steps[i].ms, points.empty() ? 0 : points.back().percent});
    points.push_back(steps[i]);
  }
  return points;
}

Box box_of(const Curve& curve) {
  return {quantile(curve, 1), quantile(curve, 25), quantile(curve, 50), quantile(curve, 75),
          quantile(curve, 99)};
}

std::vector<Gap> gaps_without_master(const Timeline& timeline) {
  std::vector<std::pair<double, double>> spans;
  for (const auto& span : timeline.roles) {
    if (span.role == "master") spans.emplace_back(span.from_ms, span.to_ms);
  }
  std::sort(spans.begin(), spans.end());
  std::vector<Gap> gaps;
  if (spans.empty()) return gaps;
  double covered = spans.front().first;
  for (const auto& [from, to] : spans) {
    if (from > covered) gaps.push_back({covered, from});
    covered = std::max(covered, to);
  }
  if (covered < timeline.end_ms) gaps.push_back({covered, timeline.end_ms});
  return gaps;
}

}  // namespace swarm::observe
