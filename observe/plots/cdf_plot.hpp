// Cumulative distributions: which share of the failovers has ended after which time.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "observe/plots/plot_data.hpp"
#include "observe/plots/plot_script.hpp"

namespace swarm::observe {

// A value published elsewhere, drawn beside the measured curves.
struct Mark {
  double ms{}, percent{};
  std::string text;
  std::string curve;  // the curve whose colour it gets; none: black
};

struct CdfPanel {
  std::string title;        // of this panel; empty if it is the only one
  std::string curves_name;  // the heading of the list of curves
  std::vector<Curve> curves;
  std::vector<Curve> references;  // drawn in black
  std::vector<Mark> marks;
  // logarithmic, in ms; if unset, the figure's
  std::optional<std::pair<double, double>> x_range = {};
};

struct CdfFigure {
  std::string name;
  std::string title;
  std::vector<std::string> small_print;
  Measure measure{};
  std::vector<CdfPanel> panels;                      // from top to bottom
  std::optional<std::pair<double, double>> x_range;  // logarithmic, in ms
};

// NAME.csv: panel,curve,label,ms,percent.
Plot cdf_plot(const CdfFigure& figure);

}  // namespace swarm::observe
