// figure.json describes a figure that combines several results, and may add values that others have
// published. Folders and files are relative to figure.json.
//
//   { "name": "raft-figure-16",             the name of the figure's files
// "title": "...",                       optional; the default title says what the first panel shows
//     "measure": "without_master",          or "service"
//     "x": [10, 100000],                    optional: ends of the logarithmic axis, in ms
//     "note": "...",                        optional: a line of small print
//     "panels": [
//       { "title": "...",                   optional
//         "x": [10, 1000],                  optional: the same for this panel
//         "curves": "drawn from",           optional: the heading of the list of curves
// "sweep": "../runs/randomness",    the folder of a sweep; each value of the sweep gives one curve
//         "beside": [ { "folder": "../runs/ranked", "label": "ranked successors" } ],
//                                           optional: results to compare with
//         "published": "randomness.csv" } ] }   optional; its header: curve,percent,ms,label
#pragma once

#include <filesystem>

#include "observe/plots/cdf_plot.hpp"

namespace swarm::observe {

// Reads the file and all files that it names. Throws BadFile, or std::runtime_error if a result
// cannot be read.
CdfFigure read_figure(const std::filesystem::path& file);

}  // namespace swarm::observe
