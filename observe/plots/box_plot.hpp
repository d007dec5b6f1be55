// A figure with boxes and dots that shows how failovers depend on one parameter.
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
  std::vector<Curve> curves;  // one per value of the sweep, in order; the label is that value
};

// NAME.csv: kind,position,label,low,lower,median,upper,high. The kind is box or dot. The time of a
// dot is in `median`. A quantile of a box is "never" if too few failovers came to an end for it;
// it is then drawn at the upper end of the axis.
Plot box_plot(const BoxFigure& figure);

}  // namespace swarm::observe
