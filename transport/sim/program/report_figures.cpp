#include "transport/sim/program/report_figures.hpp"

#include <algorithm>
#include <map>

namespace swarm::sim {

std::vector<std::pair<std::string, Figures>> pooled(const Campaign& campaign) {
  struct Pool {
    std::vector<std::optional<Duration>> detection, election, service;
  };
  std::vector<std::string> order;
  std::map<std::string, Pool> pools;
  for (const auto& run : campaign.runs)
    for (const auto& fault : run.faults) {
      if (!pools.contains(fault.fault)) order.push_back(fault.fault);
      auto& pool = pools[fault.fault];
      pool.detection.push_back(fault.detection);
      pool.election.push_back(fault.election);
      pool.service.push_back(fault.service);
    }
  std::vector<std::pair<std::string, Figures>> out;
  for (const auto& name : order) {
    auto& pool = pools[name];
    out.emplace_back(name,
                     Figures{spread(std::move(pool.detection)), spread(std::move(pool.election)),
                             spread(std::move(pool.service))});
  }
  return out;
}

std::vector<std::pair<std::string, GroupFigures>> groups(const Campaign& campaign) {
  std::vector<std::pair<std::string, GroupFigures>> out;
  std::map<std::string, std::vector<std::optional<Duration>>> took;
  for (const auto& run : campaign.runs)
    for (const auto& peer : run.peers) {
      if (!peer.arrived) continue;
      if (!took.contains(peer.group)) out.push_back({peer.group, {}});
      auto& times = took[peer.group];
      auto& figures = std::find_if(out.begin(), out.end(), [&](auto& one) {
                        return one.first == peer.group;
                      })->second;
      ++figures.peers;
      figures.sent.push_back(static_cast<double>(peer.sent) / static_cast<double>(peer.size));
      if (!peer.honest || peer.missing == 0) continue;
      figures.received.push_back(static_cast<double>(peer.received) /
                                 static_cast<double>(peer.missing));
      times.push_back(peer.complete ? std::optional(*peer.complete - *peer.arrived) : std::nullopt);
    }
  for (auto& [name, figures] : out) {
    figures.took = spread(std::move(took[name]));
    std::sort(figures.sent.begin(), figures.sent.end());
    std::sort(figures.received.begin(), figures.received.end());
  }
  return out;
}

double median(const std::vector<double>& ascending) {
  return ascending.empty() ? 0 : ascending[(ascending.size() - 1) / 2];
}

std::uint64_t broken(const Campaign& campaign) {
  std::uint64_t all = 0;
  for (const auto& run : campaign.runs) all += run.broken;
  return all;
}

std::vector<std::pair<std::string, Spread>> waits(const Campaign& campaign) {
  const bool faults = broken(campaign) > 0;
  std::map<std::string, std::vector<std::optional<Duration>>> waits;
  for (const auto& run : campaign.runs)
    for (const auto& one : run.clients) {
      if (one.event == "stopped" || (faults && one.fault.empty())) continue;
      waits[one.kind].push_back(one.answered ? std::optional(*one.answered - one.wanted)
                                             : std::nullopt);
    }
  std::vector<std::pair<std::string, Spread>> out;
  for (auto& [kind, times] : waits) out.emplace_back(kind, spread(std::move(times)));
  return out;
}

std::vector<PooledNotHappened> not_happened(const Campaign& campaign) {
  std::vector<PooledNotHappened> out;
  for (const auto& run : campaign.runs)
    for (const auto& one : run.not_happened) {
      const auto known = std::find_if(out.begin(), out.end(), [&](const PooledNotHappened& other) {
        return other.what.action == one.action && other.what.why == one.why;
      });
      if (known == out.end())
        out.push_back({one, 1, run.seed});
      else
        ++known->runs;
    }
  return out;
}

std::map<std::string, std::uint64_t> random_faults(const Campaign& campaign) {
  std::map<std::string, std::uint64_t> all;
  for (const auto& run : campaign.runs)
    for (const auto& [kind, count] : run.random_faults) all[kind] += count;
  return all;
}

Duration simulated(const Campaign& campaign) {
  Duration all{};
  for (const auto& run : campaign.runs) all += run.simulated;
  return all;
}

std::uint64_t events(const Campaign& campaign) {
  std::uint64_t all = 0;
  for (const auto& run : campaign.runs) all += run.events;
  return all;
}

std::optional<MemoryFigures> memory_of(const Campaign& campaign) {
  for (const auto& run : campaign.runs)
    if (run.memory) return run.memory;
  return std::nullopt;
}

std::size_t passed(const Campaign& campaign) {
  return campaign.runs.size() - campaign.failed_seeds().size();
}

}  // namespace swarm::sim
