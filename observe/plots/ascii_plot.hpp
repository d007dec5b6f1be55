// Draws cumulative distributions as text for a terminal.
#pragma once

#include <string>
#include <vector>

#include "observe/plots/plot_data.hpp"

namespace swarm::observe {

// Returns the title, a chart that draws each curve with a letter of its own, and a table with the
// median, the 95 % and 99 % quantiles and the slowest value of each curve. `columns`: the width of
// the terminal.
std::string ascii_cdf(const std::string& title, const std::vector<Curve>& curves, Measure measure,
                      std::size_t columns);

}  // namespace swarm::observe
