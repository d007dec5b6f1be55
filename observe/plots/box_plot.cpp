#include "observe/plots/box_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "observe/plots/plot_text.hpp"

namespace swarm::observe {
namespace {

// The approximate limit of dots per value of the sweep. The ten slowest failovers are always drawn.
constexpr std::size_t most_dots = 250;

std::string cell(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : std::string("never");
}

// Returns the sideways position of a dot, from -0.5 to 0.5. It mirrors the bits of the dot's number
// (van der Corput), so that neighbouring dots are far apart without randomness.
double spread(std::size_t number) {
  double result = 0, digit = 0.5;
  for (; number != 0; number /= 2, digit /= 2) result += digit * static_cast<double>(number % 2);
  return result - 0.5;
}

std::string dots_of(const Curve& curve, std::size_t position) {
  std::string csv;
  std::size_t drawn = 0;
  const auto size = curve.values.size();
  const auto stride = std::max<std::size_t>(1, (size + most_dots - 1) / most_dots);
  for (std::size_t i = 0; i < size; ++i) {
    if (i + 10 < size && i % stride != 0) continue;
    csv += fmt::format("dot,{:.4f},{},,,{},,\n",
                       static_cast<double>(position) + 0.22 + 0.22 * spread(++drawn),
                       csv_cell(curve.label), curve.values[i]);
  }
  return csv;
}

std::string csv_of(const BoxFigure& figure) {
  std::string csv = "kind,position,label,low,lower,median,upper,high\n";
  for (std::size_t i = 0; i < figure.curves.size(); ++i) {
    if (figure.curves[i].values.empty()) continue;
    const auto box = box_of(figure.curves[i]);
    csv += fmt::format("box,{},{},{},{},{},{},{}\n", i + 1, csv_cell(figure.curves[i].label),
                       cell(box.low), cell(box.lower), cell(box.median), cell(box.upper),
                       cell(box.high));
    csv += dots_of(figure.curves[i], i + 1);
  }
  return csv;
}

Axis y_axis(const BoxFigure& figure) {
  std::optional<double> low, high;
  for (const auto& curve : figure.curves) {
    if (curve.values.empty()) continue;
    low = std::min(low.value_or(curve.values.front()), curve.values.front());
    high = std::max(high.value_or(curve.values.back()), curve.values.back());
  }
  return narrow_axis_for(low.value_or(1), high.value_or(1));
}

// Shortens a label so that it fits under the axis, and removes the unit that all labels share.
std::string tick_label(std::string label, const std::string& unit) {
  constexpr std::size_t most = 18;
  if (!unit.empty()) label.resize(label.size() - unit.size() - 1);
  if (width_of(label) <= most) return label;
  auto end = label.size();
  while (width_of(label.substr(0, end)) >= most) --end;
  return label.substr(0, end) + "…";
}

// Quotes the text of a tick, which gnuplot treats as a format.
std::string quoted_tick(const std::string& text) {
  std::string format;
  for (const char c : text) format += c == '%' ? std::string("%%") : std::string(1, c);
  return swarm::observe::quoted(format);
}

std::string unit_of(const BoxFigure& figure) {
  std::vector<std::string> labels;
  for (const auto& curve : figure.curves) labels.push_back(curve.label);
  return common_unit(labels);
}

std::string value_axis_name(const BoxFigure& figure) {
  const auto unit = unit_of(figure);
  return unit.empty() ? figure.key : figure.key + " (" + unit + ")";
}

std::string value_axis(const BoxFigure& figure) {
  const auto unit = unit_of(figure);
  double widest = 0;
  std::string ticks;
  for (std::size_t i = 0; i < figure.curves.size(); ++i) {
    const auto text = tick_label(figure.curves[i].label, unit);
    widest = std::max(widest, text_width(text));
    ticks += fmt::format("{}{} {}", i == 0 ? "" : ", ", quoted_tick(text), i + 1);
  }
  const auto count = static_cast<double>(figure.curves.size());
  return fmt::format("set xrange [0.4:{}]\nset xtics scale 0 ({}){}\n", count + 0.6, ticks,
                     (widest + 6) * count > 700 ? " font 'sans-serif,12' rotate by 12 right" : "");
}

// Labels above the boxes: how many failovers of a value have no end, which a box cannot show.
std::string remarks(const BoxFigure& figure) {
  std::string script;
  for (std::size_t i = 0; i < figure.curves.size(); ++i) {
    const auto& curve = figure.curves[i];
    if (curve.never() == 0) continue;
    script += fmt::format(
        "set label {} at first {},graph 1.03 center font 'sans-serif,12' "
        "textcolor rgb '#D55E00'\n",
        quoted((figure.curves.size() > 6 ? fmt::format("{} ", curve.never())
                                         : fmt::format("{} of {} ", curve.never(), curve.n)) +
               without_value(figure.measure)),
        i + 1);
  }
  return script;
}

std::string graph(const BoxFigure& figure, const Axis& axis) {
  // A value that was never reached is drawn at the upper end of the axis, and a value of zero at
  // the lower end of a logarithmic axis.
  const auto clip = [&](const char* column) {
    return fmt::format("(strcol({0}) eq 'never' ? {2} : ${0}<{1} ? {1} : ${0})", column, axis.low,
                       axis.high);
  };
  const auto box = [](const std::string& value) {
    return fmt::format("(strcol(1) eq 'box' ? {} : NaN)", value);
  };
  const auto colour = line_style(0).colour;
  const auto file = figure.name + ".csv";
  const auto whisker = [&](const char* from, const char* to) {
    return fmt::format(
        "'{}' using {}:{}:(0):({}-{}) with vectors head size screen 0.005,90 "
        "nofilled linewidth 1.4 linecolor rgb '{}', \\\n     ",
        file, box("$2-0.14"), clip(from), clip(to), clip(from), colour);
  };
  std::string script = "set style fill solid 0.25\nplot " + whisker("5", "4") + whisker("7", "8");
  script += fmt::format(
      "'{}' using {}:{}:($2-0.3):($2+0.02):{}:{} with boxxyerror linewidth 1.4 "
      "linecolor rgb '{}', \\\n",
      file, box("$2-0.14"), clip("6"), clip("5"), clip("7"), colour);
  script += fmt::format(
      "     '' using {}:{}:(0.32):(0) with vectors nohead linewidth 3 linecolor "
      "rgb '{}', \\\n",
      box("$2-0.3"), clip("6"), colour);
  script += fmt::format(
      "     '' using (strcol(1) eq 'dot' ? $2 : NaN):{} with points pointtype 7 "
      "pointsize 0.25 linecolor rgb '{}'\n",
      clip("6"), "#80D55E00");
  return script;
}

}  // namespace

Plot box_plot(const BoxFigure& figure) {
  const Canvas canvas(figure.name, 450, figure.title, figure.small_print);
  const auto axis = y_axis(figure);
  const double left = std::max(66.0, 40 + ticks_width(axis)), right = Canvas::width - 20,
               bottom = canvas.bottom() + 56, top = canvas.top() - 10;
  auto body = reset_graph() + canvas.margins(left, right, bottom, top);
  body += axis_script('y', axis) + canvas.x_name(left, right, bottom, value_axis_name(figure)) +
          canvas.y_name(
              bottom, top,
              axis_name(figure.measure) + (axis.logarithmic ? " (ms, logarithmic)" : " (ms)"));
  body += fmt::format("set grid ytics linetype 1 linewidth 0.6 linecolor rgb '{}'\n", light_grey);
  body += value_axis(figure) + remarks(figure) + graph(figure, axis);
  return canvas.plot(body, csv_of(figure));
}

}  // namespace swarm::observe
