// The rows of timeline.csv, collected while a run goes on: who had which role from when to when,
// what broke, and how many answers left in each short while.
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

  // `role`: of engine/node/events.hpp, or down, or paused.
  void role(std::uint32_t tracker, Duration at, std::string_view role);
  // A heal is a mark, a moment at which nothing breaks. What has no end of its own lasts until a
  // heal, the start of all whom it befell, another of its kind, or the end of the run; all that
  // these end sooner than it was told to, ends there.
  void fault(const Director::Fault& fault);
  void answer(Duration at);
  // The rows of what broke trackers or the network, in the order in which it did, as far as `end`:
  // without what is over at once, like a hand-over, and what befell peers. Before finish().
  std::vector<TimelineRow> faults(Duration end) const;
  std::vector<TimelineRow> finish(Duration end);

 private:
  struct Span {
    std::string_view role;
    Duration since{};
  };
  struct Broken {
    std::string kind;
    std::vector<std::uint32_t> trackers;  // of a crash and its like: those not up again
    std::size_t row{};
  };
  void close(std::uint32_t tracker, Duration at);
  void up(std::uint32_t tracker, Duration at);
  template <class Which>
  void mend(Duration at, Which which);

  Duration bin_;
  std::vector<Span> now_;  // [tracker - 1]
  std::vector<TimelineRow> rows_;
  std::vector<Broken> broken_;          // what may still be mended
  std::vector<std::size_t> faults_;     // rows of what broke the trackers' side
  std::vector<std::uint64_t> answers_;  // per bin
};

}  // namespace swarm::sim
