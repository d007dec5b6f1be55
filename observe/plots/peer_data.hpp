// peers.csv of a result folder: the outcome of each peer that exchanged contents. Times are in
// milliseconds and volumes in bytes, as in the file.
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
  std::optional<double> took_ms;  // from arrival until it had everything; empty if never
  double size{}, missing{};       // bytes of its contents; bytes it lacked on arrival
  double sent{}, received{};      // bytes of blocks on the wire

  bool fetches() const { return missing > 0; }
  double sent_times() const { return size > 0 ? sent / size : 0; }
};

// Both functions throw BadFile.
std::vector<PeerLine> read_peers(std::istream& in, const std::string& name);
std::vector<PeerLine> read_peers(const std::filesystem::path& file);

// Only peers that fetched something count.
Curve download_curve(const std::string& label, const std::vector<PeerLine>& peers);

}  // namespace swarm::observe
