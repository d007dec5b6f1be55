// Measures the timings of a failover (detection, election, service) in true time. It uses only the
// trackers' events and the answers to the probe.
#pragma once

#include <string>
#include <vector>

#include "engine/node/events.hpp"
#include "transport/sim/scenario/result.hpp"

namespace swarm::sim {

class FailoverMeter {
 public:
  // A measured fault happens at `at`. Figures of the previous fault that are still empty stay
  // empty. If no answer comes, the probe goes on until `until`.
  void fault(Duration at, const std::string& label, Duration until = Duration::max());
  // A tracker has reported an event. Events after the first answer do not count, because a later
  // suspicion has another cause.
  void event(Duration at, const swarm::Event& event);
  // The answer to a registration of the probe arrived at `at`. The probe sent it at `sent`.
  void answered(Duration sent, Duration at);

  void finish(Duration end);  // the run ends at `end`

  const std::vector<FaultTiming>& faults() const { return faults_; }
  bool served() const { return !faults_.empty() && faults_.back().service.has_value(); }

 private:
  std::vector<FaultTiming> faults_;
  Duration until_{};  // the last fault's `until`
};

// The p-th percentile (nearest rank): p percent of the values are not above it. `sorted` must not
// be empty.
Duration percentile(const std::vector<Duration>& sorted, unsigned p);

// One figure, pooled over all runs.
struct Spread {
  std::size_t n{};                      // how often the figure was measured
  std::size_t missing{};                // how often it is empty
  Duration p50{}, p95{}, p99{}, max{};  // zero when n is zero
};
Spread spread(std::vector<std::optional<Duration>> figures);

}  // namespace swarm::sim
