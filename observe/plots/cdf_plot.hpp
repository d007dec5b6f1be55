// Cumulative distributions: which share of the failovers is over after which time.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "observe/plots/plot_data.hpp"
#include "observe/plots/plot_script.hpp"

namespace swarm::observe {

// A figure that was published elsewhere, drawn beside ours.
struct Mark {
  double ms{}, percent{};
  std::string text;
  std::string curve;  // whose colour it has; none: black
};

struct CdfPanel {
  std::string title;        // of this panel; empty if it is the only one
  std::string curves_name;  // over the list of the curves
  std::vector<Curve> curves;
  std::vector<Curve> references;  // in black
  std::vector<Mark> marks;
  std::optional<std::pair<double, double>> x_range = {};  // logarithmic, in ms; or the figure's
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
