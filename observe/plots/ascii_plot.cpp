#include "observe/plots/ascii_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "observe/plots/plot_script.hpp"
#include "observe/plots/plot_text.hpp"

namespace swarm::observe {
namespace {

constexpr std::size_t rows = 21, margin = 8;  // one row per 5 %

char letter(std::size_t number, std::size_t curves) {
  return curves == 1 ? '*' : static_cast<char>('a' + number % 26);
}

double percent_within(const Curve& curve, double ms) {
  const auto within = std::upper_bound(curve.values.begin(), curve.values.end(), ms);
  return 100.0 * static_cast<double>(within - curve.values.begin()) / static_cast<double>(curve.n);
}

Axis axis_of(const std::vector<Curve>& curves) {
  std::vector<double> ends;
  for (const auto& curve : curves) {
    if (curve.values.empty()) continue;
    ends.push_back(curve.values.front());
    ends.push_back(curve.values.back());
  }
  if (ends.empty()) return axis_for(1, 1);
  const auto [low, high] = std::minmax_element(ends.begin(), ends.end());
  return axis_for(*low, *high);
}

std::vector<std::string> chart(const std::vector<Curve>& curves, const Axis& axis,
                               std::size_t width) {
  std::vector<std::string> lines(rows, std::string(width, ' '));
  for (std::size_t i = 0; i < curves.size(); ++i) {
    if (curves[i].values.empty()) continue;
    double before = 0;
    for (std::size_t x = 0; x < width; ++x) {
      const double along = static_cast<double>(x + 1) / static_cast<double>(width);
      const double ms = axis.logarithmic ? axis.low * std::pow(axis.high / axis.low, along)
                                         : axis.low + (axis.high - axis.low) * along;
      const double percent = percent_within(curves[i], ms);
      // A steep rise is drawn over its whole height, not only at its upper end.
      const auto top = static_cast<std::size_t>(percent / 5 + 1e-9);
      const auto bottom = std::min(top, static_cast<std::size_t>(before / 5 + 1e-9) + 1);
      for (auto row = bottom; percent > 0 && row <= top; ++row) {
        lines[rows - 1 - row][x] = letter(i, curves.size());
      }
      before = percent;
    }
  }
  return lines;
}

std::string tick_line(const Axis& axis, std::size_t width) {
  std::string line(margin + width + 8, ' ');
  std::size_t free = 0;
  for (const double tick : axis.ticks) {
    const auto at =
        margin + static_cast<std::size_t>(axis.fraction(tick) * static_cast<double>(width - 1));
    const auto text = fmt::format("{:g}", tick);
    if (at < free || at + text.size() > line.size()) continue;
    line.replace(at, text.size(), text);
    free = at + text.size() + 1;
  }
  line.resize(line.find_last_not_of(' ') + 1);
  return line;
}

std::string table(const std::vector<Curve>& curves, Measure measure) {
  std::size_t widest = 5;
  for (const auto& curve : curves) widest = std::max(widest, width_of(curve.label));
  const auto cell = [](const std::optional<double>& ms) {
    const auto text = ms ? in_ms(*ms) : std::string("-");
    return std::string(10 - std::min<std::size_t>(10, width_of(text)), ' ') + text;
  };
  auto text =
      fmt::format("  {:{}}      median      95 %      99 %   slowest       n\n", "", widest);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto& c = curves[i];
    text += fmt::format(
        "{} {}{}  {}{}{}{}{:8}{}\n", letter(i, curves.size()), c.label,
        std::string(widest - width_of(c.label), ' '), cell(quantile(c, 50)), cell(quantile(c, 95)),
        cell(quantile(c, 99)), cell(quantile(c, 100)), c.n,
        c.never() > 0 ? fmt::format(" ({} {})", c.never(), without_value(measure)) : "");
  }
  return text;
}

}  // namespace

std::string ascii_cdf(const std::string& title, const std::vector<Curve>& curves, Measure measure,
                      std::size_t columns) {
  const auto width = std::max<std::size_t>(columns, 40) - margin - 6;
  const auto axis = axis_of(curves);
  std::string text;
  for (const auto& line : wrapped(title, columns)) text += line + '\n';
  const auto lines = chart(curves, axis, width);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto percent = 100 - 5 * row;
    text += percent % 25 == 0 ? fmt::format("{:4} % |", percent) : std::string("       |");
    const auto used = lines[row].find_last_not_of(' ') + 1;
    text += lines[row].substr(0, used) + '\n';
  }
  text += "       +" + std::string(width, '-') + '\n';
  text += tick_line(axis, width) + '\n';
  text += fmt::format("{:>{}}\n\n",
                      axis_name(measure) + (axis.logarithmic ? " (ms, logarithmic)" : " (ms)"),
                      margin + width);
  return text + table(curves, measure);
}

}  // namespace swarm::observe
