#include "observe/plots/peer_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace swarm::observe {
namespace {

constexpr auto header =
    "run,seed,group,peer,arrived_ms,took_ms,size,missing,sent,received,starts,gone";

PeerLine peer_of(const CsvLine& line, const std::string& name) {
  PeerLine peer;
  peer.run = static_cast<std::uint64_t>(amount_in(line, 0, name));
  peer.seed = static_cast<std::uint64_t>(amount_in(line, 1, name));
  peer.group = line.cells[2];
  peer.peer = line.cells[3];
  peer.arrived_ms = amount_in(line, 4, name);
  if (!line.cells[5].empty()) peer.took_ms = amount_in(line, 5, name);
  peer.size = amount_in(line, 6, name);
  peer.missing = amount_in(line, 7, name);
  peer.sent = amount_in(line, 8, name);
  peer.received = amount_in(line, 9, name);
  return peer;
}

}  // namespace

std::vector<PeerLine> read_peers(std::istream& in, const std::string& name) {
  std::vector<PeerLine> peers;
  for (const auto& line : read_csv(in, name, header)) peers.push_back(peer_of(line, name));
  return peers;
}

std::vector<PeerLine> read_peers(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{} cannot be read.", file.string()));
  return read_peers(in, file.string());
}

Curve download_curve(const std::string& label, const std::vector<PeerLine>& peers) {
  Curve curve{label, {}, 0};
  for (const auto& peer : peers) {
    if (!peer.fetches()) continue;
    ++curve.n;
    if (peer.took_ms) curve.values.push_back(*peer.took_ms);
  }
  std::sort(curve.values.begin(), curve.values.end());
  return curve;
}

}  // namespace swarm::observe
