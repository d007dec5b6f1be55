// clients.csv of a result folder: what clients of BEP 15 wanted to announce, and what came of it.
// Times in milliseconds, as in the file.
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
  std::optional<double> took_ms;  // until it was answered; empty: it never was
  std::string fault;              // the last one that it met; may be empty
  bool left{};                    // the client was gone before the run ended
};

// Both throw BadFile.
std::vector<ClientLine> read_clients(std::istream& in, const std::string& name);
std::vector<ClientLine> read_clients(const std::filesystem::path& file);

bool some_met_a_fault(const std::vector<ClientLine>& lines);

// Those that met a fault; where there was none, all. Without `stopped`, for which nobody waits.
std::vector<ClientLine> announces_of_faults(std::vector<ClientLine> lines, bool faults);

// A curve per kind, by name.
std::vector<Curve> curves_of_kinds(const std::vector<ClientLine>& lines);

}  // namespace swarm::observe
