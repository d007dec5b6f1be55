// peers.csv of a result folder: what came of each peer that exchanged contents. Times in
// milliseconds, volumes in bytes, as in the file.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "observe/plots/plot_data.hpp"

namespace swarm::observe {

struct PeerLine {
  std::uint64_t run{}, seed{};
  std::string group, peer;
  double arrived_ms{};
  std::optional<double> took_ms;  // from its arrival until it had all; empty: it never had
  double size{}, missing{};       // of its contents; what it lacked when it arrived
  double sent{}, received{};      // of blocks, on the wire

  bool fetches() const { return missing > 0; }
  double sent_times() const { return size > 0 ? sent / size : 0; }
};

// Both throw BadFile.
std::vector<PeerLine> read_peers(std::istream& in, const std::string& name);
std::vector<PeerLine> read_peers(const std::filesystem::path& file);

// Of those who fetched something.
Curve download_curve(const std::string& label, const std::vector<PeerLine>& peers);

}  // namespace swarm::observe
