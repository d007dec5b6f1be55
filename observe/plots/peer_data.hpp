// Reads peers.csv of a result folder: the outcome of each peer that exchanged contents. Times are
// in milliseconds and volumes in bytes, as in the file.
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
  std::optional<double> took_ms;  // from its arrival until it had everything; nullopt if never
  double size{}, missing{};       // bytes of its contents; bytes of them that it lacked on arrival
  double sent{}, received{};      // bytes of blocks on the wire

  bool fetches() const { return missing > 0; }
  // What the peer sent, in multiples of the size of its contents.
  double sent_times() const { return size > 0 ? sent / size : 0; }
};

// Both throw BadFile. The second also throws std::runtime_error if the file cannot be read.
std::vector<PeerLine> read_peers(std::istream& in, const std::string& name);
std::vector<PeerLine> read_peers(const std::filesystem::path& file);

// The distribution of took_ms over the peers that lacked something on arrival.
Curve download_curve(const std::string& label, const std::vector<PeerLine>& peers);

}  // namespace swarm::observe
