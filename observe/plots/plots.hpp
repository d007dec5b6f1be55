// Draws pictures of results, for `swarm-sim plot DIR...` and for the demo.
//
// The contents of the folders decide what is drawn:
//   figure.json      the figure that it describes (see results/README.md)
//   a sweep          service-gap-cdf-by-KEY (a curve per value; with several keys, per combination)
//                    and service-gap-by-KEY (boxes and dots)
//   failover.csv     service-gap-cdf: a curve per folder; for a single folder, per kind of fault
//   peers.csv        complete-cdf: a curve per group of peers that fetch contents; sent-by-peer: a
//                    bar per peer of the first run. For a sweep: complete-cdf-by-KEY
//   clients.csv      answered-cdf: how long announces of BEP 15 clients waited around faults, a
//                    curve per kind of client
//   timeline.csv     timeline-run, and timeline-first-fault: the first fault, if it is too short to
//                    be seen in the whole run
// Each picture has four files: NAME.svg, NAME.png, NAME.csv (what is drawn) and NAME.gp (`gnuplot
// NAME.gp` in that folder draws it again).
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
