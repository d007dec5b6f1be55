// Draws distributions on a terminal.
#pragma once

#include <string>
#include <vector>

#include "observe/plots/plot_data.hpp"

namespace swarm::observe {

// The title, a chart with one letter per curve, and a table with each curve's median, 95 %, 99 %
// and slowest value.
std::string ascii_cdf(const std::string& title, const std::vector<Curve>& curves, Measure measure,
                      std::size_t columns);

}  // namespace swarm::observe
