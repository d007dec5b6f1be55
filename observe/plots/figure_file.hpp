// figure.json: a figure that is put together from several results, beside what others published.
//
//   { "name": "raft-figure-16",             of the files
//     "measure": "without_master",          or "service"
//     "x": [10, 100000],                    ms, logarithmic; may be left out
//     "note": "...",                        small print; may be left out
//     "panels": [
//       { "title": "...",
//         "x": [10, 1000],                  of this panel; may be left out
//         "curves": "drawn from",           what the curves of this panel are
//         "sweep": "../runs/randomness",    folder of a sweep, seen from this file
//         "beside": [ { "folder": "../runs/ranked", "label": "ranked successors" } ],
//         "published": "randomness.csv" } ] }   header: curve,percent,ms,label
#pragma once

#include <filesystem>

#include "observe/plots/cdf_plot.hpp"

namespace swarm::observe {

// Reads the file and all that it names. Throws BadFile.
CdfFigure read_figure(const std::filesystem::path& file);

}  // namespace swarm::observe
