// Makes figures from result folders: reads the sweep, failovers, peers or clients of a folder, and
// makes curves, boxes and bars of them.
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
  // The key that the sweep varies. If it varies several keys in all combinations, all keys:
  // "promise · loss". Empty if the values have different keys.
  std::string key;
  std::vector<Result> results;      // one per value
  std::vector<std::string> values;  // the values for lists and axes: "30 ms · 1 %"
  std::vector<std::string> names;   // the values for titles: "promise 30 ms and loss 1 %"

  bool combines() const { return key.find(between_keys) != std::string::npos; }
};

Sweep read_sweep(const std::vector<SweepValue>& found);
bool is_of_peers(const Sweep& sweep);
CdfFigure cdf_of_sweep(const Sweep& sweep);
BoxFigure boxes_of(const Sweep& sweep);
CdfFigure cdf_of_downloads(const Sweep& sweep);

// One curve per folder. For a single folder, one curve per kind of fault.
CdfFigure cdf_of_folders(const std::vector<Result>& results);
bool has_failovers(const Result& result);
// True if a failover figure is worth drawing: faults were measured, or the folder has nothing else
// to show.
bool tells_of_faults(const Result& result);

// `suffix` is appended to the figure's name, so that figures of several folders have different
// names.
TimelineFigure whole_run(const Timeline& timeline, const RunInfo& info, const std::string& suffix);

// The peers of one folder that exchanged contents.
struct Downloads {
  std::filesystem::path folder;
  RunInfo info;
  std::vector<PeerLine> peers;
};

bool has_peers(const std::filesystem::path& folder);
Downloads read_downloads(const std::filesystem::path& folder);
CdfFigure cdf_of_downloads(const Downloads& one, const std::string& suffix);
UploadFigure uploads_of(const Downloads& downloads, const std::string& suffix);

// Makes a file name of a text: "t1,t2 power/loss" -> "t1-t2-power-loss".
std::string file_name(const std::string& text);
std::string folder_name(const std::filesystem::path& folder);

// For folders with BEP 15 clients (clients.csv).
bool has_clients(const std::filesystem::path& folder);
CdfFigure cdf_of_clients(const std::filesystem::path& folder, const std::string& suffix);

}  // namespace swarm::observe
