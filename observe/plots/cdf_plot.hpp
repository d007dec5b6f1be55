// A figure with cumulative distributions. Each shows which share of the failovers (or downloads, or
// announces) has ended after a given time.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "observe/plots/plot_data.hpp"
#include "observe/plots/plot_script.hpp"

namespace swarm::observe {

// A value that others have published. It is drawn beside the measured curves.
struct Mark {
  double ms{}, percent{};
  std::string text;
  std::string curve;  // the mark gets the colour of the curve with this label; black if none has it
};

struct CdfPanel {
  std::string title;        // may be empty, for example if there is only one panel
  std::string curves_name;  // the heading of the list of curves
  std::vector<Curve> curves;
  std::vector<Curve> references;  // curves to compare with, drawn in black
  std::vector<Mark> marks;
  // The ends of the logarithmic axis, in ms. If unset, CdfFigure::x_range is used.
  std::optional<std::pair<double, double>> x_range = {};
};

struct CdfFigure {
  std::string name;
  std::string title;
  std::vector<std::string> small_print;
  Measure measure{};
  std::vector<CdfPanel> panels;                      // from top to bottom
  std::optional<std::pair<double, double>> x_range;  // ends of the logarithmic axis, in ms
};

// NAME.csv: panel,curve,label,ms,percent.
Plot cdf_plot(const CdfFigure& figure);

}  // namespace swarm::observe
