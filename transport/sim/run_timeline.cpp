#include "transport/sim/run_timeline.hpp"

#include <algorithm>

#include "transport/sim/cluster.hpp"

namespace swarm::sim {
namespace {

// So short that a picture of one fault shows how long peers had no answer.
Duration width_for(Duration duration) {
  for (const Duration width : {1ms, 2ms, 5ms, 10ms, 20ms, 50ms, 100ms, 200ms, 500ms})
    if (duration / width <= 5000) return width;
  return duration / 5000;
}

}  // namespace

RunTimeline::RunTimeline(std::uint32_t trackers, Duration duration)
    : bin_(std::max(width_for(duration), Duration(1))), now_(trackers, Span{"down", {}}) {}

void RunTimeline::role(std::uint32_t tracker, Duration at, std::string_view role) {
  if (now_[tracker - 1].role == role) return;
  close(tracker, at);
  now_[tracker - 1] = {role, at};
}

void RunTimeline::close(std::uint32_t tracker, Duration at) {
  const auto& span = now_[tracker - 1];
  if (at > span.since)
    rows_.push_back({"role", Cluster::name_of(tracker), span.since, at, std::string(span.role), 0});
}

void RunTimeline::fault(const std::string& trackers, Duration at, std::optional<Duration> lasting,
                        const std::string& label) {
  rows_.push_back({"fault", trackers, at, at + lasting.value_or(0s), label, 0});
}

void RunTimeline::mark(Duration at, const std::string& label) {
  rows_.push_back({"mark", "", at, at, label, 0});
}

void RunTimeline::answer(Duration at) {
  const auto bin = static_cast<std::size_t>(at / bin_);
  if (bin >= answers_.size()) answers_.resize(bin + 1);
  ++answers_[bin];
}

std::vector<TimelineRow> RunTimeline::finish(Duration end) {
  for (std::uint32_t t = 1; t <= now_.size(); ++t) close(t, end);
  answers_.resize(std::max(answers_.size(), static_cast<std::size_t>((end + bin_ - 1ns) / bin_)));
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    const Duration from = static_cast<std::int64_t>(i) * bin_;
    rows_.push_back({"answers", "", from, from + bin_, "", static_cast<double>(answers_[i])});
  }
  std::stable_sort(rows_.begin(), rows_.end(), [](const TimelineRow& a, const TimelineRow& b) {
    return std::pair(a.kind, a.from) < std::pair(b.kind, b.from);
  });
  return std::move(rows_);
}

}  // namespace swarm::sim
