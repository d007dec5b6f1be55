// figure.json describes a figure that combines several results, beside what others have published.
#pragma once

#include <filesystem>

#include "observe/plots/cdf_plot.hpp"

namespace swarm::observe {

// Reads the file and all files that it names. Throws BadFile.
CdfFigure read_figure(const std::filesystem::path& file);

}  // namespace swarm::observe
