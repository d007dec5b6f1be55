// clients.csv of a result folder: what BEP 15 clients wanted to announce, and the outcome. Times
// are in milliseconds, as in the file.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "observe/plots/plot_data.hpp"

namespace swarm::observe {

struct ClientLine {
  std::uint64_t run{}, seed{};
  std::string kind, client;
  std::string event;  // started, none, completed, stopped
  double wanted_ms{};
  std::optional<double> took_ms;  // until the answer; empty if there was none
  std::string fault;              // the last fault during the wait; may be empty
  bool left{};                    // the client left before the run ended
};

// Both functions throw BadFile.
std::vector<ClientLine> read_clients(std::istream& in, const std::string& name);
std::vector<ClientLine> read_clients(const std::filesystem::path& file);

bool some_met_a_fault(const std::vector<ClientLine>& lines);

// The announces that met a fault if `faults` is set, otherwise all. `stopped` is left out, because
// nobody waits for its answer.
std::vector<ClientLine> announces_of_faults(std::vector<ClientLine> lines, bool faults);

// One curve per kind, sorted by name.
std::vector<Curve> curves_of_kinds(const std::vector<ClientLine>& lines);

}  // namespace swarm::observe
