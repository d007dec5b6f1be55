// Boxes and dots: how failovers depend on one parameter.
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
  std::string key;            // the key of the sweep, in readable form
  std::vector<Curve> curves;  // one per value, in order; the label is the readable value
};

// NAME.csv: kind,position,label,low,lower,median,upper,high. The kind is box or dot; a dot has its
// time in `median`. "never" means that too few failovers came to an end for this quantile; it is
// drawn at the upper end of the axis.
Plot box_plot(const BoxFigure& figure);

}  // namespace swarm::observe
