// Pictures of results: what `swarm-sim plot DIR...` does, and the demo.
//
// What is drawn depends on what the folders hold:
//   figure.json      the figure that it describes (see results/README.md)
//   a sweep          service-gap-cdf-by-KEY (a curve per value, of several keys per combination)
//                    and service-gap-by-KEY (boxes and dots)
//   failover.csv     service-gap-cdf: a curve per folder; of a single folder, one per kind of fault
//   peers.csv        complete-cdf: a curve per group of peers that fetch contents; sent-by-peer: a
//                    bar per peer of the first run. Of a sweep: complete-cdf-by-KEY
//   clients.csv      answered-cdf: how long announces of clients of BEP 15 waited around faults, a
//                    curve per kind of client
//   timeline.csv     timeline-run, and timeline-first-fault: its first fault, where that is too
//                    short to be seen in the whole run
// Each picture is NAME.svg, NAME.png, NAME.csv (what is drawn) and NAME.gp (`gnuplot NAME.gp` in
// that folder draws it again).
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "observe/plots/plot_script.hpp"

namespace swarm::observe {

// Draws into `out` (made if it is not there; empty: the first of `folders`) and returns the paths
// of the files written. Without gnuplot it writes the .gp and .csv and says so in `messages`.
// Throws BadFile (`file:line: sentence`) or std::runtime_error (a sentence) where a folder holds
// nothing to draw, cannot be read, or `out` cannot be written; and where two figures would have one
// name, before anything is written.
std::vector<std::string> plot_folders(const std::vector<std::filesystem::path>& folders,
                                      const std::filesystem::path& out, std::ostream& messages);

// The same distributions as text, `columns` wide, for a terminal.
std::string ascii_cdf(const std::vector<std::filesystem::path>& folders, std::size_t columns = 80);

// Writes and draws one plot.
std::vector<std::string> write_plot(const Plot& plot, const std::filesystem::path& out,
                                    std::ostream& messages);

}  // namespace swarm::observe
