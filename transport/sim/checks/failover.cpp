#include "transport/sim/checks/failover.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"

namespace swarm::sim {

void FailoverMeter::fault(Duration at, const std::string& label, Duration until) {
  finish(at);
  faults_.push_back({label, at, {}, {}, {}, {}});
  until_ = until;
}

void FailoverMeter::finish(Duration end) {
  if (!faults_.empty() && !served())
    faults_.back().watched = std::min(end, until_) - faults_.back().at;
}

void FailoverMeter::event(Duration at, const swarm::Event& event) {
  if (faults_.empty() || served()) return;
  auto& fault = faults_.back();
  const bool notices = std::holds_alternative<event::MasterSuspected>(event) ||
                       std::holds_alternative<event::HandOver>(event);
  if (notices && !fault.detection) fault.detection = at - fault.at;
  if (std::holds_alternative<event::ElectionWon>(event) && fault.detection && !fault.election)
    fault.election = at - fault.at - *fault.detection;
}

void FailoverMeter::answered(Duration sent, Duration at) {
  if (faults_.empty() || sent < faults_.back().at) return;
  auto& service = faults_.back().service;
  if (!service) service = at - faults_.back().at;
}

Duration percentile(const std::vector<Duration>& sorted, unsigned p) {
  SWARM_ASSERT(!sorted.empty() && p <= 100, "a percentile needs a value");
  const std::size_t rank = (sorted.size() * p + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

Spread spread(std::vector<std::optional<Duration>> figures) {
  std::vector<Duration> sorted;
  for (const auto& figure : figures)
    if (figure) sorted.push_back(*figure);
  std::sort(sorted.begin(), sorted.end());
  Spread out{sorted.size(), figures.size() - sorted.size(), {}, {}, {}, {}};
  if (sorted.empty()) return out;
  out.p50 = percentile(sorted, 50);
  out.p95 = percentile(sorted, 95);
  out.p99 = percentile(sorted, 99);
  out.max = sorted.back();
  return out;
}

}  // namespace swarm::sim
