// The figures that folders of results make: what a folder holds, as a sweep, as peers or clients,
// and the curves, boxes and bars of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "observe/plots/box_plot.hpp"
#include "observe/plots/cdf_plot.hpp"
#include "observe/plots/peer_data.hpp"
#include "observe/plots/plot_data.hpp"
#include "observe/plots/plot_text.hpp"
#include "observe/plots/timeline_plot.hpp"
#include "observe/plots/upload_plot.hpp"

namespace swarm::observe {

struct Sweep {
  std::string key;  // of several, in all combinations: "promise · loss"; of several else: empty
  std::vector<Result> results;
  std::vector<std::string> values;  // as lists and axes name them: "30 ms · 1 %"
  std::vector<std::string> names;   // as titles do: "promise 30 ms and loss 1 %"

  bool combines() const { return key.find(between_keys) != std::string::npos; }
};

Sweep read_sweep(const std::vector<SweepValue>& found);
bool is_of_peers(const Sweep& sweep);
CdfFigure cdf_of_sweep(const Sweep& sweep);
BoxFigure boxes_of(const Sweep& sweep);
CdfFigure cdf_of_downloads(const Sweep& sweep);

// A curve per folder; of a single folder, one per kind of fault.
CdfFigure cdf_of_folders(const std::vector<Result>& results);
bool has_failovers(const Result& result);
// Faults were measured, or there is nothing else to tell of.
bool tells_of_faults(const Result& result);

// `suffix` is added to the name of a figure, so that those of several folders differ.
TimelineFigure whole_run(const Timeline& timeline, const RunInfo& info, const std::string& suffix);

// Peers that exchange contents.
struct Downloads {
  std::filesystem::path folder;
  RunInfo info;
  std::vector<PeerLine> peers;
};

bool has_peers(const std::filesystem::path& folder);
Downloads read_downloads(const std::filesystem::path& folder);
CdfFigure cdf_of_downloads(const Downloads& one, const std::string& suffix);
UploadFigure uploads_of(const Downloads& downloads, const std::string& suffix);

// For the name of a file: "t1,t2 power/loss" -> "t1-t2-power-loss".
std::string file_name(const std::string& text);
std::string folder_name(const std::filesystem::path& folder);

// Clients of BEP 15.
bool has_clients(const std::filesystem::path& folder);
CdfFigure cdf_of_clients(const std::filesystem::path& folder, const std::string& suffix);

}  // namespace swarm::observe
