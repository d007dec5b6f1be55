// figure.json describes a figure that combines several results, beside what others have published.
//
//   { "name": "raft-figure-16",             of the files
//     "measure": "without_master",          or "service"
//     "x": [10, 100000],                    ms, logarithmic; optional
//     "note": "...",                        small print; optional
//     "panels": [
//       { "title": "...",
//         "x": [10, 1000],                  of this panel; optional
//         "curves": "drawn from",           what the curves of this panel are
//         "sweep": "../runs/randomness",    folder of a sweep, relative to this file
//         "beside": [ { "folder": "../runs/ranked", "label": "ranked successors" } ],
//         "published": "randomness.csv" } ] }   header: curve,percent,ms,label
#pragma once

#include <filesystem>

#include "observe/plots/cdf_plot.hpp"

namespace swarm::observe {

// Reads the file and all files that it names. Throws BadFile.
CdfFigure read_figure(const std::filesystem::path& file);

}  // namespace swarm::observe
