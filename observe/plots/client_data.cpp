#include "observe/plots/client_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

namespace swarm::observe {
namespace {

constexpr auto header = "run,seed,kind,client,event,wanted_ms,took_ms,datagrams,peers,fault,left";

ClientLine client_of(const CsvLine& line, const std::string& name) {
  ClientLine client;
  client.run = static_cast<std::uint64_t>(amount_in(line, 0, name));
  client.seed = static_cast<std::uint64_t>(amount_in(line, 1, name));
  client.kind = line.cells[2];
  client.client = line.cells[3];
  client.event = line.cells[4];
  client.wanted_ms = amount_in(line, 5, name);
  if (!line.cells[6].empty()) client.took_ms = amount_in(line, 6, name);
  client.fault = line.cells[9];
  client.left = line.cells[10] == "yes";
  return client;
}

}  // namespace

std::vector<ClientLine> read_clients(std::istream& in, const std::string& name) {
  std::vector<ClientLine> clients;
  for (const auto& line : read_csv(in, name, header)) clients.push_back(client_of(line, name));
  return clients;
}

std::vector<ClientLine> read_clients(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{} cannot be read.", file.string()));
  return read_clients(in, file.string());
}

bool some_met_a_fault(const std::vector<ClientLine>& lines) {
  return std::any_of(lines.begin(), lines.end(),
                     [](const auto& one) { return !one.fault.empty(); });
}

std::vector<ClientLine> announces_of_faults(std::vector<ClientLine> lines, bool faults) {
  std::erase_if(lines, [faults](const ClientLine& one) {
    return one.event == "stopped" || (faults && one.fault.empty());
  });
  return lines;
}

std::vector<Curve> curves_of_kinds(const std::vector<ClientLine>& lines) {
  std::map<std::string, Curve> by_kind;
  for (const auto& one : lines) {
    Curve& curve = by_kind[one.kind];
    curve.label = one.kind;
    ++curve.n;
    if (one.took_ms) curve.values.push_back(*one.took_ms);
  }
  std::vector<Curve> curves;
  for (auto& [kind, curve] : by_kind) {
    std::sort(curve.values.begin(), curve.values.end());
    curves.push_back(std::move(curve));
  }
  return curves;
}

}  // namespace swarm::observe
