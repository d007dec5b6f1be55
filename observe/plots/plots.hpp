// Draws pictures of results, for `swarm-sim plot DIR...` and for the demo.
//
// The files in a folder decide which pictures are drawn:
//   figure.json      the figure that it describes (see results/README.md)
//   a sweep          service-gap-cdf-by-KEY: a curve per value, or per combination of values if the
//                    sweep varies several keys; service-gap-by-KEY: boxes and dots
//   failover.csv     service-gap-cdf: a curve per folder; if there is only one folder, a curve per
//                    kind of fault
//   peers.csv        complete-cdf: a curve per group of peers that fetch contents; sent-by-peer: a
//                    bar per peer of the first run. For a sweep: complete-cdf-by-KEY
//   clients.csv      answered-cdf: how long announces of BEP 15 clients waited around faults; a
//                    curve per kind of client
//   timeline.csv     timeline-run: the whole run; timeline-first-fault: the time around a fault and
//                    the new master, if that is too short to be seen in the whole run
// Each picture has four files: NAME.svg, NAME.png, NAME.csv (the drawn data) and NAME.gp (`gnuplot
// NAME.gp` in that folder draws the picture again).
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "observe/plots/plot_script.hpp"

namespace swarm::observe {

// Draws all pictures into the folder `out`, which is made if it is missing. If `out` is empty, it
// draws into the first of `folders`. Returns the paths of the written files. Without gnuplot it
// writes only the .gp and .csv files, and says so in `messages`. Throws BadFile (`file:line:
// sentence`), or std::runtime_error with a sentence if a folder contains nothing to draw, a folder
// cannot be read, `out` cannot be written, or two pictures would have the same name. All pictures
// are prepared before any file is written.
std::vector<std::string> plot_folders(const std::vector<std::filesystem::path>& folders,
                                      const std::filesystem::path& out, std::ostream& messages);

// Draws the same distributions as text for a terminal that is `columns` wide.
std::string ascii_cdf(const std::vector<std::filesystem::path>& folders, std::size_t columns = 80);

// Writes and draws one plot. The result and `messages` are as for plot_folders().
std::vector<std::string> write_plot(const Plot& plot, const std::filesystem::path& out,
                                    std::ostream& messages);

}  // namespace swarm::observe
