#include "observe/plots/plot_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "observe/plots/plot_text.hpp"

namespace swarm::observe {
namespace {

constexpr double title_height = 23, small_print_height = 17, edge = 14;

double nice_below(double value) {
  const double decade = std::pow(10, std::floor(std::log10(value) + 1e-9));
  for (const double step : {5.0, 2.0}) {
    if (value >= step * decade * (1 - 1e-9)) return step * decade;
  }
  return decade;
}

double nice_above(double value) {
  const double decade = std::pow(10, std::floor(std::log10(value) + 1e-9));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (value <= step * decade * (1 + 1e-9)) return step * decade;
  }
  return 10 * decade;
}

// The text of a tick. Large numbers get commas: 1,000,000.
std::string tick_text(double value) {
  auto text = fmt::format("{:g}", value);
  if (value < 1000 || value >= 1e15) return text;
  text = fmt::format("{:.0f}", value);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

Axis linear_axis(double low, double high, double step) {
  Axis axis{false, step * std::floor(low / step + 1e-9), step * std::ceil(high / step - 1e-9), {}};
  const auto first = std::lround(axis.low / step), last = std::lround(axis.high / step);
  for (auto i = first; i <= last; ++i) axis.ticks.push_back(step * static_cast<double>(i));
  return axis;
}

}  // namespace

LineStyle line_style(std::size_t number) {
  static constexpr std::array colours{"#0072B2", "#D55E00", "#009E73",
                                      "#CC79A7", "#E69F00", "#56B4E9"};
  static constexpr std::array dashes{"solid", "(8,2)", "(8,2,2,2)", "(2,2)", "(14,2,2,2,2,2)"};
  return {colours[number % colours.size()], dashes[number % dashes.size()]};
}

double Axis::fraction(double value) const {
  if (value <= low) return 0;
  if (value >= high) return 1;
  return logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
}

Axis logarithmic_axis(double low, double high) {
  Axis axis{true, low, high, {}};
  const bool few_decades = high / low < 9999;
  const double first = std::pow(10, std::floor(std::log10(low) + 1e-9));
  for (double decade = first; decade <= high * 1.001; decade *= 10) {
    for (const double step : {1.0, 2.0, 5.0}) {
      const double tick = step * decade;
      const bool inside = tick >= low * 0.999 && tick <= high * 1.001;
      if (inside && (few_decades || step == 1.0)) axis.ticks.push_back(tick);
    }
  }
  return axis;
}

Axis axis_for(double lowest, double highest) {
  if (highest <= 0) return linear_axis(0, 1, 0.2);
  // A logarithmic axis cannot begin at zero. A value of zero is drawn at its lower end.
  const double low = lowest > 0 ? lowest : highest / 1000;
  if (highest / low > 20) return logarithmic_axis(nice_below(low), nice_above(highest));
  const double high = lowest == highest ? highest * 1.5 : highest;
  return linear_axis(0, high, nice_above(high / 6));
}

Axis narrow_axis_for(double lowest, double highest) {
  const double range = highest - lowest;
  if (lowest < highest / 2 || range < highest / 1e6) return axis_for(lowest, highest);
  return linear_axis(lowest, highest, nice_above(range / 6));
}

std::string axis_script(char axis, const Axis& range, bool labelled) {
  std::string ticks;
  for (const double tick : range.ticks) {
    ticks += fmt::format("{}{} {}", ticks.empty() ? "" : ", ",
                         quoted(labelled ? tick_text(tick) : ""), tick);
  }
  auto script = range.logarithmic ? fmt::format("set logscale {}\n", axis) : std::string();
  // The range is slightly wider than the axis. Otherwise rounding may lose the ticks at the ends of
  // a logarithmic axis.
  script += fmt::format("set {}range [{:.6g}:{:.6g}]\n", axis,
                        range.low * (range.logarithmic ? 0.999 : 1), range.high * 1.001);
  return script + fmt::format("set {}tics nomirror ({})\n", axis, ticks);
}

double ticks_width(const Axis& axis) {
  double widest = 0;
  for (const double tick : axis.ticks) widest = std::max(widest, text_width(tick_text(tick)));
  return widest;
}

std::string quoted_name(const std::string& name) {
  std::string quoted_text = "'";
  for (const char c : name) {
    if (c == '\'') quoted_text += '\'';
    quoted_text += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return quoted_text + '\'';
}

namespace {

std::string escaped(const std::string& text) {
  std::string escaped_text;
  for (const char c : text) {
    if (std::string_view("\\^_{}@&~").find(c) != std::string_view::npos) escaped_text += '\\';
    escaped_text += c;
  }
  return escaped_text;
}

}  // namespace

std::string quoted(const std::string& text) {
  return quoted_name(escaped(text));
}

std::string quoted_bold(const std::string& text) {
  return quoted_name("{/:Bold " + escaped(text) + "}");
}

double text_width(const std::string& text) {
  return 7.1 * static_cast<double>(width_of(text));
}

std::string reset_graph() {
  return R"(reset
set encoding utf8
set datafile separator comma
set datafile columnheaders
set key noautotitle
set border 3 linecolor rgb '#888888'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
)";
}

Canvas::Canvas(std::string name, int height, const std::string& title,
               const std::vector<std::string>& small_print)
    : name_(std::move(name)), height_(height), title_(balanced(title, 74)) {
  for (const auto& paragraph : small_print) {
    for (auto& line : wrapped_by_parts(paragraph, 118)) small_print_.push_back(std::move(line));
  }
}

double Canvas::bottom() const {
  return edge + small_print_height * static_cast<double>(small_print_.size());
}

double Canvas::top() const {
  return height_ - edge - 12 - title_height * static_cast<double>(title_.size());
}

std::string Canvas::margins(double left, double right, double bottom, double top) const {
  return fmt::format(
      "set lmargin at screen {:.4f}\nset rmargin at screen {:.4f}\n"
      "set bmargin at screen {:.4f}\nset tmargin at screen {:.4f}\n",
      x(left), x(right), y(bottom), y(top));
}

std::string Canvas::text(double x_at, double y_at, const std::string& quoted_text,
                         const std::string& style) const {
  return fmt::format("set label {} at screen {:.4f},{:.4f} {}\n", quoted_text, x(x_at), y(y_at),
                     style);
}

std::string Canvas::x_name(double left, double right, double bottom,
                           const std::string& name) const {
  return text((left + right) / 2, bottom - 43, quoted(name), "center");
}

std::string Canvas::y_name(double bottom, double top, const std::string& name) const {
  return text(14, (bottom + top) / 2, quoted(name), "center rotate by 90");
}

std::string Canvas::frame() const {
  // Uses format(), because for a sum of these strings g++ 12 wrongly warns of a copy out of bounds.
  std::string script =
      fmt::format("{}unset border\nunset tics\nset xrange [0:1]\nset yrange [0:1]\n{}",
                  reset_graph(), margins(0, width, 0, height_));
  double at = height_ - edge - title_height / 2;
  for (const auto& line : title_) {
    script += text(edge, at, quoted_bold(line), "left font 'sans-serif,16'");
    at -= title_height;
  }
  at = bottom() - small_print_height / 2 - 4;
  for (const auto& line : small_print_) {
    script += text(edge, at, quoted(line),
                   fmt::format("left font 'sans-serif,12' textcolor rgb '{}'", grey));
    at -= small_print_height;
  }
  return script + "plot NaN\n";
}

Plot Canvas::plot(const std::string& body, std::string csv) const {
  const auto terminal = fmt::format(R"(# Draws {0}.svg and {0}.png from {0}.csv, in this folder:
#   gnuplot {0}.gp
do for [format in 'svg png'] {{
if (format eq 'svg') {{
  set terminal svg enhanced size {1},{2} font 'sans-serif,13' background '#ffffff'
}} else {{
  if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {{
    set terminal pngcairo enhanced size {3},{4} font 'sans-serif,13' fontscale 1.13 \
      linewidth 1.5 dashlength 1.5 pointscale 1.5 background '#ffffff'
  }} else {{
    set terminal png enhanced size {3},{4} font 'DejaVuSans,13' fontscale 1.5 \
      linewidth 1.5 pointscale 1.5 background '#ffffff'
  }}
}}
set output '{0}.'.format
set multiplot
)",
                                    name_, width, height_, width * 3 / 2, height_ * 3 / 2);
  return {name_, std::move(csv), terminal + frame() + body + "unset multiplot\nset output\n}\n"};
}

}  // namespace swarm::observe
