// Reads clients.csv of a result folder: each announce that a BEP 15 client wanted to make, and its
// outcome. Times are in milliseconds, as in the file.
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
  std::string event;              // started, none, completed, stopped
  double wanted_ms{};             // the time at which the client wanted to announce
  std::optional<double> took_ms;  // the time from then to the answer; nullopt if none came
  std::string fault;              // the last fault during that time; empty if there was none
  bool left{};                    // the client left before the run ended
};

// Both throw BadFile. The second also throws std::runtime_error if the file cannot be read.
std::vector<ClientLine> read_clients(std::istream& in, const std::string& name);
std::vector<ClientLine> read_clients(const std::filesystem::path& file);

bool some_met_a_fault(const std::vector<ClientLine>& lines);

// Returns the announces except `stopped`, because no client waits for the answer to a `stopped`. If
// `faults` is set, only the announces during which a fault happened.
std::vector<ClientLine> announces_of_faults(std::vector<ClientLine> lines, bool faults);

// Returns one curve per kind of client, sorted by the kind's name.
std::vector<Curve> curves_of_kinds(const std::vector<ClientLine>& lines);

}  // namespace swarm::observe
