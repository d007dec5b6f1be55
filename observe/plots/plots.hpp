// Draws pictures of results, for `swarm-sim plot DIR...` and for the demo.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "observe/plots/plot_script.hpp"

namespace swarm::observe {

// Draws into the folder `out`, which is made if it is missing (empty: the first of `folders`).
// Returns the paths of the written files. Without gnuplot it writes only the .gp and .csv files and
// says so in `messages`. Throws BadFile (`file:line: sentence`), or std::runtime_error (a sentence)
// if a folder holds nothing to draw, a folder cannot be read or `out` cannot be written. Throws
// before anything is written if two figures would have the same name.
std::vector<std::string> plot_folders(const std::vector<std::filesystem::path>& folders,
                                      const std::filesystem::path& out, std::ostream& messages);

// The same distributions as text for a terminal, `columns` wide.
std::string ascii_cdf(const std::vector<std::filesystem::path>& folders, std::size_t columns = 80);

// Writes and draws one plot.
std::vector<std::string> write_plot(const Plot& plot, const std::filesystem::path& out,
                                    std::ostream& messages);

}  // namespace swarm::observe
