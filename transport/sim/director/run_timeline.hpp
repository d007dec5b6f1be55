// Collects the rows of timeline.csv during a run: the roles of each tracker, the faults, and the
// number of answers in each bin (a short span of time).
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
  // A heal breaks nothing, so its row is a mark. A fault lasts for Fault::lasting, or until the end
  // of the run if `lasting` is empty. It ends earlier in three cases: a heal ends it (partition,
  // isolate, cut), a fault of the same kind replaces it (partition, network), or all trackers that
  // it took down are up again.
  void fault(const Director::Fault& fault);
  void answer(Duration at);
  // The rows of all faults of trackers and of the network, in the order of their beginning. No row
  // goes beyond `end`. Faults of peers are left out, and so are actions that are over at once, like
  // a hand-over. Call it before finish().
  std::vector<TimelineRow> faults(Duration end) const;
  std::vector<TimelineRow> finish(Duration end);

 private:
  struct Span {
    std::string_view role;
    Duration since{};
  };
  struct Broken {
    std::string kind;
    std::vector<std::uint32_t> trackers;  // of a crash and the like: those that are not up again
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
  std::vector<std::size_t> faults_;     // the indices in rows_ of the rows that faults() returns
  std::vector<std::uint64_t> answers_;  // per bin
};

}  // namespace swarm::sim
