// The rows of timeline.csv, collected while a run goes on: who had which role from when to when,
// what broke, and how many answers left in each short while.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transport/sim/result.hpp"

namespace swarm::sim {

class RunTimeline {
 public:
  RunTimeline(std::uint32_t trackers, Duration duration);

  // `role`: of engine/events.hpp, or down, or paused.
  void role(std::uint32_t tracker, Duration at, std::string_view role);
  void fault(const std::string& trackers, Duration at, std::optional<Duration> lasting,
             const std::string& label);
  void mark(Duration at, const std::string& label);  // a moment at which nothing breaks
  void answer(Duration at);
  std::vector<TimelineRow> finish(Duration end);

 private:
  struct Span {
    std::string_view role;
    Duration since{};
  };
  void close(std::uint32_t tracker, Duration at);

  Duration bin_;
  std::vector<Span> now_;  // [tracker - 1]
  std::vector<TimelineRow> rows_;
  std::vector<std::uint64_t> answers_;  // per bin
};

}  // namespace swarm::sim
