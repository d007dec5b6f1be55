#include "observe/plots/cdf_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "observe/plots/plot_text.hpp"

namespace swarm::observe {
namespace {

constexpr double left = 62, right_edge = Canvas::width - 20;

struct Drawn {  // a curve with its style
  const Curve* curve{};
  LineStyle style;
  double width = 2;
};

std::vector<Drawn> drawn(const CdfPanel& panel) {
  std::vector<Drawn> all;
  for (std::size_t i = 0; i < panel.curves.size(); ++i) {
    all.push_back({&panel.curves[i], line_style(i), 2});
  }
  for (std::size_t i = 0; i < panel.references.size(); ++i) {
    // If two curves differed only in their dashes, gnuplot's SVG terminal would draw both alike. So
    // their widths differ a little too.
    all.push_back(
        {&panel.references[i], {black, line_style(i).dash}, 2.6 + 0.02 * static_cast<double>(i)});
  }
  return all;
}

Axis x_axis(const CdfFigure& figure, const CdfPanel& of) {
  if (of.x_range) return logarithmic_axis(of.x_range->first, of.x_range->second);
  if (figure.x_range) return logarithmic_axis(figure.x_range->first, figure.x_range->second);
  std::vector<double> values;
  for (const auto& panel : figure.panels) {
    for (const auto& one : drawn(panel)) {
      values.insert(values.end(), one.curve->values.begin(), one.curve->values.end());
    }
    for (const auto& mark : panel.marks) values.push_back(mark.ms);
  }
  if (values.empty()) return axis_for(1, 1);
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return axis_for(*low, *high);
}

std::string csv_of(const CdfFigure& figure) {
  std::string csv = "panel,curve,label,ms,percent\n";
  std::size_t all = 0;
  for (const auto& panel : figure.panels) all += drawn(panel).size();
  const auto most = std::clamp<std::size_t>(1000 / std::max<std::size_t>(all, 1), 60, 300);
  for (std::size_t p = 0; p < figure.panels.size(); ++p) {
    const auto curves = drawn(figure.panels[p]);
    for (std::size_t c = 0; c < curves.size(); ++c) {
      for (const auto& point : cumulative(*curves[c].curve, most)) {
        csv += fmt::format("{},{},{},{:.5g},{:.5g}\n", p + 1, c + 1,
                           csv_cell(curves[c].curve->label), point.ms, point.percent);
      }
    }
  }
  return csv;
}

// If the ticks of a logarithmic axis do not all fit, keeps only the powers of ten.
Axis with_fewer_ticks(Axis axis, double width) {
  if (!axis.logarithmic) return axis;
  const auto crowded = [&] {
    for (std::size_t i = 1; i < axis.ticks.size(); ++i) {
      const double apart = axis.fraction(axis.ticks[i]) - axis.fraction(axis.ticks[i - 1]);
      if (apart * width < 10 + ticks_width({true, 1, 1, {axis.ticks[i]}})) return true;
    }
    return false;
  };
  if (crowded()) {
    std::erase_if(axis.ticks, [](double tick) {
      const double decade = std::log10(tick);
      return std::abs(decade - std::round(decade)) > 0.01;
    });
  }
  return axis;
}

// The place of a label beside its curve. Such labels replace the list of curves if every label
// finds a free place.
struct Place {
  double ms{}, percent{};
};

bool free_of_curves(const std::vector<Drawn>& curves, const Drawn& own, const Axis& axis,
                    double from, double to, double percent) {
  constexpr double apart = 0.02;  // if curves are closer, a label could belong to either
  for (const auto& other : curves) {
    const auto here = quantile(*other.curve, percent);
    const auto mine = quantile(*own.curve, percent);
    if (other.curve != own.curve && here && mine &&
        std::abs(axis.fraction(*here) - axis.fraction(*mine)) < apart)
      return false;
    for (double p = percent - 4; p <= percent + 4; p += 1) {
      const auto at = quantile(*other.curve, std::clamp(p, 0.1, 100.0));
      if (at && axis.fraction(*at) > from && axis.fraction(*at) < to) return false;
    }
  }
  return true;
}

std::optional<std::vector<Place>> places_beside(const std::vector<Drawn>& curves, const Axis& axis,
                                                double graph_width) {
  std::vector<Place> places;
  for (const auto& one : curves) {
    const double width = (text_width(one.curve->label) + 14) / graph_width;
    std::optional<Place> found;
    for (const double percent : {50.0, 60.0, 40.0, 70.0, 30.0, 80.0, 20.0, 88.0, 12.0}) {
      const auto ms = quantile(*one.curve, percent);
      if (!ms || found) continue;
      // The label begins to the right of the curve, over the whole height of its text.
      const auto highest = quantile(*one.curve, percent + 4);
      if (!highest) continue;
      const double from = axis.fraction(*highest);
      if (from + width < 1 &&
          free_of_curves(curves, one, axis, from + 0.001, from + width, percent)) {
        found = Place{*highest, percent};
      }
    }
    if (!found) return std::nullopt;
    places.push_back(*found);
  }
  return places;
}

// The text for a curve in a column of the list.
std::string column_text(const Curve& curve, double percent, Measure measure) {
  if (curve.n == 0) return "none";
  const auto ms = quantile(curve, percent);
  if (ms) return in_ms(*ms);
  return without_value(measure) == "never" ? "never" : "–";
}

constexpr double list_column = 60, list_sample = 30;

class PanelScript {
 public:
  PanelScript(const CdfFigure& figure, std::size_t number, const Canvas& canvas)
      : figure_(figure),
        panel_(figure.panels[number]),
        number_(number),
        canvas_(canvas),
        axis_(x_axis(figure, panel_)),
        curves_(drawn(panel_)) {}

  // The pixels that the list of curves takes on the right. 0 if there is no list.
  double list_width() const {
    if ((curves_.size() < 2 && panel_.marks.empty()) || beside(right_edge)) return 0;
    double widest = text_width(panel_.curves_name);
    for (const auto& one : curves_) {
      widest = std::max(widest, list_sample + text_width(one.curve->label));
    }
    widest += 2 * list_column;
    for (const auto& mark : panel_.marks)
      widest = std::max(widest, list_sample + text_width(mark.text));
    return std::min(widest + 20, 0.42 * Canvas::width);
  }

  std::string text(double right, double bottom, double top) const {
    const bool last = number_ + 1 == figure_.panels.size();
    const bool log = axis_.logarithmic;
    auto script = reset_graph() + canvas_.margins(left, right, bottom, top);
    script += axis_script('x', with_fewer_ticks(axis_, right - left));
    script += "set yrange [0:100]\nset ytics 0,25,100\nset mxtics 1\n";
    if (last) {
      script += canvas_.x_name(left, right, bottom,
                               axis_name(figure_.measure) + (log ? " (ms, logarithmic)" : " (ms)"));
    }
    script += canvas_.y_name(bottom, top, share_name(figure_.measure));
    script += fmt::format("set grid xtics ytics linetype 1 linewidth 0.6 linecolor rgb '{}'\n",
                          light_grey);
    if (!panel_.title.empty()) {
      script += canvas_.text(left, top + 14, quoted_bold(panel_.title), "left");
    }
    const auto labels = beside(right);
    const bool listed = !labels && (curves_.size() > 1 || !panel_.marks.empty());
    if (listed) script += list(right, top);
    if (labels && curves_.size() > 1) script += direct_labels(*labels);
    if (curves_.size() == 1 && panel_.marks.empty()) {
      script += milestones(*curves_.front().curve, right - left);
    }
    return script + marks() + plot_command();
  }

 private:
  std::optional<std::vector<Place>> beside(double right) const {
    if (curves_.size() > 4 || !panel_.marks.empty()) return std::nullopt;
    const bool some_empty = std::any_of(curves_.begin(), curves_.end(),
                                        [](const Drawn& one) { return one.curve->values.empty(); });
    if (some_empty) return std::nullopt;
    return places_beside(curves_, axis_, right - left);
  }

  // Draws the list of curves with labels. gnuplot's own list would not do: on some terminals it
  // drops entries for which it expects no room.
  std::string list(double right, double top) const {
    constexpr double line_height = 19, sample = list_sample - 8;
    const double x = right + 16;
    const auto cell = [&](double at, double height, const std::string& text) {
      return canvas_.text(at, height, quoted(text), "right font 'sans-serif,12'");
    };
    double y = top - 4;
    std::string script;
    script += canvas_.text(x, y, quoted(panel_.curves_name), "left font 'sans-serif,12'");
    script += cell(right_edge - list_column, y, "median") + cell(right_edge, y, "slowest");
    y -= line_height;
    for (const auto& one : curves_) {
      script += fmt::format(
          "set arrow from screen {:.4f},{:.4f} to screen {:.4f},{:.4f} nohead "
          "linewidth {} dashtype {} linecolor rgb '{}'\n",
          canvas_.x(x), canvas_.y(y), canvas_.x(x + sample), canvas_.y(y), one.width,
          one.style.dash, one.style.colour);
      script +=
          canvas_.text(x + sample + 8, y, quoted(one.curve->label), "left font 'sans-serif,12'");
      script += cell(right_edge - list_column, y, column_text(*one.curve, 50, figure_.measure)) +
                cell(right_edge, y, column_text(*one.curve, 100, figure_.measure));
      y -= line_height;
    }
    for (const auto& mark : panel_.marks) {
      script += canvas_.text(x + sample / 2, y, "''", "left " + circle(mark));
      script += canvas_.text(x + sample + 8, y, quoted(mark.text), "left font 'sans-serif,12'");
      y -= line_height;
    }
    return script;
  }

  std::string direct_labels(const std::vector<Place>& places) const {
    std::string script;
    for (std::size_t i = 0; i < places.size(); ++i) {
      script +=
          fmt::format("set label {} at {},{} left offset character 0.8,0 textcolor rgb '{}'\n",
                      quoted(curves_[i].curve->label), clipped(places[i].ms), places[i].percent,
                      curves_[i].style.colour);
    }
    return script;
  }

  // Labels an important point of a single curve: the median, the 95 % quantile or the slowest. The
  // curve rises, so there is always room above it on the left and below it on the right.
  std::string milestone(double ms, double percent, const std::string& name, double width) const {
    const auto label = quoted(name + " " + in_ms(ms));
    const double room = (1 - axis_.fraction(ms)) * width;
    const bool fits = text_width(name + " " + in_ms(ms)) + 16 < room;
    const char* where = fits ? "left offset character 1,-0.7" : "right offset character -1,0.7";
    if (percent == 100)
      where = room < 60 ? "right offset character 1.5,0.7" : "center offset character 0,0.7";
    return fmt::format(
        "set label {} at {},{} {} point pointtype 7 pointsize 0.8 linecolor rgb '{}'\n", label,
        clipped(ms), percent, where, line_style(0).colour);
  }

  std::string milestones(const Curve& curve, double width) const {
    if (curve.values.empty()) return {};
    const auto& values = curve.values;
    if (values.front() == values.back() && quantile(curve, 50)) {
      return milestone(values.front(), 50, curve.n == 1 ? "the only one:" : "each:", width);
    }
    std::string script;
    const auto add = [&](double percent, const std::string& name) {
      if (const auto ms = quantile(curve, percent)) script += milestone(*ms, percent, name, width);
    };
    add(50, "half:");
    if (curve.n >= 100) add(95, "95 %:");
    add(100, "slowest:");
    return script;
  }

  std::string circle(const Mark& mark) const {
    std::string colour = black;
    for (const auto& one : curves_) {
      if (one.curve->label == mark.curve) colour = one.style.colour;
    }
    return fmt::format("point pointtype 6 pointsize 1 linewidth 2.4 linecolor rgb '{}' front",
                       colour);
  }

  std::string marks() const {
    std::string script;
    for (const auto& mark : panel_.marks) {
      script += fmt::format("set label '' at {},{} {}\n", mark.ms, mark.percent, circle(mark));
    }
    return script;
  }

  double clipped(double ms) const { return axis_.logarithmic ? std::max(ms, axis_.low) : ms; }

  std::string plot_command() const {
    std::string lines;
    for (std::size_t i = 0; i < curves_.size(); ++i) {
      const auto& one = curves_[i];
      if (one.curve->values.empty()) continue;
      if (!lines.empty()) lines += ", \\\n     ";
      // On a logarithmic axis a value of zero is drawn at the left end.
      const auto ms =
          axis_.logarithmic ? fmt::format("($4<{0} ? {0} : $4)", axis_.low) : std::string("$4");
      lines += fmt::format(
          "'{}.csv' using ($1=={} && $2=={} ? {} : NaN):5 with lines linewidth {} dashtype {} "
          "linecolor rgb '{}'",
          figure_.name, number_ + 1, i + 1, ms, one.width, one.style.dash, one.style.colour);
    }
    return "plot " + (lines.empty() ? "NaN" : lines) + "\n";
  }

  const CdfFigure& figure_;
  const CdfPanel& panel_;
  std::size_t number_;
  const Canvas& canvas_;
  Axis axis_;
  std::vector<Drawn> curves_;
};

// The height of the figure in pixels. It grows with the longest list of curves.
int height_of(const CdfFigure& figure) {
  std::size_t lines = 0;
  for (const auto& panel : figure.panels) {
    lines = std::max(lines, panel.curves.size() + panel.references.size() + panel.marks.size() + 1);
  }
  const auto panels = figure.panels.size();
  const std::size_t panel = std::max<std::size_t>(panels == 1 ? 320 : 300, 19 * lines + 60);
  return static_cast<int>(130 + panels * panel);
}

}  // namespace

Plot cdf_plot(const CdfFigure& figure) {
  const auto panels = figure.panels.size();
  const int height = height_of(figure);
  const Canvas canvas(figure.name, height, figure.title, figure.small_print);

  double list_width = 0;
  std::vector<PanelScript> scripts;
  for (std::size_t i = 0; i < panels; ++i) scripts.emplace_back(figure, i, canvas);
  for (const auto& script : scripts) list_width = std::max(list_width, script.list_width());

  const double lowest = canvas.bottom() + 56,
               share = (canvas.top() - 12 - lowest) / static_cast<double>(panels);
  std::string body;
  for (std::size_t i = 0; i < panels; ++i) {
    const double top = canvas.top() - 12 - share * static_cast<double>(i);
    const bool last = i + 1 == panels;
    body += scripts[i].text(right_edge - list_width, top - share + (last ? 0 : 32),
                            top - (figure.panels[i].title.empty() ? 0 : 28));
  }
  return canvas.plot(body, csv_of(figure));
}

}  // namespace swarm::observe
