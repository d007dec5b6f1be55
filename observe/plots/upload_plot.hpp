// Who sent how much: a bar per peer, sorted by what it sent.
#pragma once

#include <string>
#include <vector>

#include "observe/plots/peer_data.hpp"
#include "observe/plots/plot_script.hpp"

namespace swarm::observe {

struct UploadFigure {
  std::string name;
  std::vector<std::string> small_print;
  std::vector<PeerLine> peers;  // the peers of one run
};

// One or two plain sentences without a full stop: what the seeds sent, and what the others sent.
std::string finding(const UploadFigure& figure);
// NAME.csv: rank,group,peer,times. `times` is what the peer sent, in multiples of what it
// exchanges.
Plot upload_plot(const UploadFigure& figure);
// The same for a terminal: one line per group.
std::string ascii_uploads(const UploadFigure& figure, std::size_t columns);

}  // namespace swarm::observe
