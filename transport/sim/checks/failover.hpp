// Failover timings (detection, election, service), measured in true time from the outside:
// what the trackers say through their events, and what the probe peers get answered.
#pragma once

#include <string>
#include <vector>

#include "engine/node/events.hpp"
#include "transport/sim/scenario/result.hpp"

namespace swarm::sim {

class FailoverMeter {
 public:
  // A fault whose failover is measured happens now; what the one before still lacks stays empty.
  // The probe goes on `until` then, when no answer comes.
  void fault(Duration at, const std::string& label, Duration until = Duration::max());
  // An event of any tracker. What is suspected after the first answer has another cause.
  void event(Duration at, const swarm::Event& event);
  // A probe's registration, first sent at `sent`, was answered: the answer arrived at `at`.
  void answered(Duration sent, Duration at);

  void finish(Duration end);  // of the run

  const std::vector<FaultTiming>& faults() const { return faults_; }
  bool served() const { return !faults_.empty() && faults_.back().service.has_value(); }

 private:
  std::vector<FaultTiming> faults_;
  Duration until_{};  // of the last one
};

// The value that p percent of all are not above (nearest rank); `sorted` is not empty.
Duration percentile(const std::vector<Duration>& sorted, unsigned p);

// A pool of one figure over all runs.
struct Spread {
  std::size_t n{};                      // measured
  std::size_t missing{};                // did not happen
  Duration p50{}, p95{}, p99{}, max{};  // zero when n is zero
};
Spread spread(std::vector<std::optional<Duration>> figures);

}  // namespace swarm::sim
