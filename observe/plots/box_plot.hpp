// Boxes and dots: how the failovers depend on one parameter.
#pragma once

#include <string>
#include <vector>

#include "observe/plots/plot_data.hpp"
#include "observe/plots/plot_script.hpp"

namespace swarm::observe {

struct BoxFigure {
  std::string name;
  std::string title;
  std::vector<std::string> small_print;
  Measure measure{};
  std::string key;            // of the sweep, readable
  std::vector<Curve> curves;  // one per value, in order; the label is the value, readable
};

// NAME.csv: kind,position,label,low,lower,median,upper,high; kind box, or dot (its time in median);
// "never": not so many came to an end, which is drawn as the upper end of the axis.
Plot box_plot(const BoxFigure& figure);

}  // namespace swarm::observe
