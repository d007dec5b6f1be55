// A figure of how much each peer sent: a bar per peer, sorted by the amount that it sent.
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

// The title: one or two plain sentences without a full stop. They say how much was sent by the
// peers that had everything on arrival, and how much by the others.
std::string finding(const UploadFigure& figure);
// NAME.csv: rank,group,peer,times. `times` is PeerLine::sent_times(): what the peer sent, in
// multiples of the size of its contents.
Plot upload_plot(const UploadFigure& figure);
// The same as text for a terminal, with one line per group of peers.
std::string ascii_uploads(const UploadFigure& figure, std::size_t columns);

}  // namespace swarm::observe
