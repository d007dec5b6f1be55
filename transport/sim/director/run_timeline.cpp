#include "transport/sim/director/run_timeline.hpp"

#include <algorithm>

#include "transport/sim/actors/cluster.hpp"

namespace swarm::sim {
namespace {

// Returns the width of a bin. A bin is so short that a picture of one fault shows how long peers
// got no answer.
Duration width_for(Duration duration) {
  for (const Duration width : {1ms, 2ms, 5ms, 10ms, 20ms, 50ms, 100ms, 200ms, 500ms})
    if (duration / width <= 5000) return width;
  return duration / 5000;
}

constexpr auto never = Duration::max();

bool any_of(const std::string& kind, std::initializer_list<std::string_view> kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

bool takes_down(const std::string& kind) {
  return any_of(kind, {"crash", "kill", "wipe", "stop", "restart", "pause", "leave"});
}

bool separates(const std::string& kind) {
  return any_of(kind, {"partition", "isolate", "cut"});
}

// True for actions that are over at once and break nothing.
bool is_over_at_once(const std::string& kind) {
  return any_of(kind, {"start", "hand-over", "remove"});
}

bool stands_still(std::string_view role) {
  return role == "down" || role == "paused";
}

std::string names_of(const std::vector<std::uint32_t>& trackers) {
  std::string out;
  for (const auto tracker : trackers) out += (out.empty() ? "" : " ") + Cluster::name_of(tracker);
  return out;
}

}  // namespace

RunTimeline::RunTimeline(std::uint32_t trackers, Duration duration)
    : bin_(std::max(width_for(duration), Duration(1))), now_(trackers, Span{"down", {}}) {}

void RunTimeline::role(std::uint32_t tracker, Duration at, std::string_view role) {
  if (now_[tracker - 1].role == role) return;
  close(tracker, at);
  if (stands_still(now_[tracker - 1].role) && !stands_still(role)) up(tracker, at);
  now_[tracker - 1] = {role, at};
}

void RunTimeline::close(std::uint32_t tracker, Duration at) {
  const auto& span = now_[tracker - 1];
  if (at > span.since)
    rows_.push_back({"role", Cluster::name_of(tracker), span.since, at, std::string(span.role), 0});
}

void RunTimeline::fault(const Director::Fault& fault) {
  const bool heals = fault.kind == "heal";
  mend(fault.at, [&](const Broken& former) {
    if (heals) return separates(former.kind);
    const bool replaced = any_of(fault.kind, {"partition", "network"});
    return replaced && former.kind == fault.kind;
  });
  if (heals) {
    rows_.push_back({"mark", "", fault.at, fault.at, fault.label, 0});
    return;
  }
  Duration to = fault.lasting ? fault.at + *fault.lasting : never;
  if (is_over_at_once(fault.kind))
    to = fault.at;
  else if (fault.peers.empty())
    faults_.push_back(rows_.size());
  broken_.push_back({fault.kind, fault.trackers, rows_.size()});
  rows_.push_back({"fault", names_of(fault.trackers), fault.at, to, fault.label, 0});
}

// Lets each fault of broken_ for which `which` is true end at `at`. Then removes all faults that
// have ended from broken_.
template <class Which>
void RunTimeline::mend(Duration at, Which which) {
  std::erase_if(broken_, [&](const Broken& one) {
    auto& row = rows_[one.row];
    if (row.to > at && which(one)) row.to = at;
    return row.to <= at;
  });
}

void RunTimeline::up(std::uint32_t tracker, Duration at) {
  for (auto& one : broken_)
    if (takes_down(one.kind)) std::erase(one.trackers, tracker);
  mend(at, [](const Broken& one) { return takes_down(one.kind) && one.trackers.empty(); });
}

void RunTimeline::answer(Duration at) {
  const auto bin = static_cast<std::size_t>(at / bin_);
  if (bin >= answers_.size()) answers_.resize(bin + 1);
  ++answers_[bin];
}

std::vector<TimelineRow> RunTimeline::faults(Duration end) const {
  std::vector<TimelineRow> out;
  for (const std::size_t row : faults_) {
    out.push_back(rows_[row]);
    out.back().to = std::min(out.back().to, end);
  }
  return out;
}

std::vector<TimelineRow> RunTimeline::finish(Duration end) {
  for (std::uint32_t t = 1; t <= now_.size(); ++t) close(t, end);
  mend(end, [](const Broken&) { return true; });
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
