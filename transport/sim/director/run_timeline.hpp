// Collects the rows of timeline.csv during a run: which tracker had which role and when, what
// broke, and how many answers left in each bin (a short span of time).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transport/sim/director/director.hpp"
#include "transport/sim/scenario/result.hpp"

namespace swarm::sim {

class RunTimeline {
 public:
  RunTimeline(std::uint32_t trackers, Duration duration);

  // `role`: the name of a role in engine/node/events.hpp, "down" or "paused".
  void role(std::uint32_t tracker, Duration at, std::string_view role);
  // A heal breaks nothing, so its row is a mark. A fault lasts for Fault::lasting, else until the
  // end of the run. It ends earlier when a heal ends it (partition, isolate, cut), when a fault of
  // the same kind replaces it (partition, network), or when all trackers that it took down are up
  // again.
  void fault(const Director::Fault& fault);
  void answer(Duration at);
  // The rows of all faults of trackers and of the network, in their order, cut off at `end`. It
  // leaves out faults of peers, and actions that are over at once, like a hand-over. Call it before
  // finish().
  std::vector<TimelineRow> faults(Duration end) const;
  std::vector<TimelineRow> finish(Duration end);

 private:
  struct Span {
    std::string_view role;
    Duration since{};
  };
  struct Broken {
    std::string kind;
    std::vector<std::uint32_t> trackers;  // a crash and the like: those not up again yet
    std::size_t row{};
  };
  void close(std::uint32_t tracker, Duration at);
  void up(std::uint32_t tracker, Duration at);
  template <class Which>
  void mend(Duration at, Which which);

  Duration bin_;
  std::vector<Span> now_;  // [tracker - 1]
  std::vector<TimelineRow> rows_;
  std::vector<Broken> broken_;          // the faults that have not ended yet
  std::vector<std::size_t> faults_;     // indices in rows_ of what faults() returns
  std::vector<std::uint64_t> answers_;  // per bin
};

}  // namespace swarm::sim
