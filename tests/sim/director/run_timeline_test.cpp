#include "transport/sim/director/run_timeline.hpp"

#include <gtest/gtest.h>

namespace swarm::sim {
namespace {

Director::Fault fault(const std::string& kind, std::vector<std::uint32_t> trackers, Duration at,
                      std::optional<Duration> lasting = std::nullopt) {
  return {kind, kind, std::move(trackers), at, lasting};
}

// All rows of a kind, as "label trackers from..to" in ms.
std::vector<std::string> rows(RunTimeline& timeline, Duration end, const std::string& kind) {
  std::vector<std::string> out;
  for (const auto& row : timeline.finish(end))
    if (row.kind == kind)
      out.push_back(row.label + " " + row.tracker + " " + std::to_string(row.from / 1ms) + ".." +
                    std::to_string(row.to / 1ms));
  return out;
}
using Rows = std::vector<std::string>;

TEST(RunTimeline, WhatSeparatesLastsUntilItIsHealed) {
  RunTimeline timeline(5, 10s);
  timeline.fault(fault("partition", {4, 5}, 1s));
  timeline.fault(fault("isolate", {1}, 2s));
  timeline.fault(fault("cut", {2}, 3s));
  timeline.fault(fault("heal", {}, 5s));
  timeline.fault(fault("cut", {3}, 6s));
  EXPECT_EQ(rows(timeline, 10s, "fault"),
            (Rows{"partition t4 t5 1000..5000", "isolate t1 2000..5000", "cut t2 3000..5000",
                  "cut t3 6000..10000"}));
}

TEST(RunTimeline, AHealIsAMark) {
  RunTimeline timeline(1, 10s);
  timeline.fault(fault("heal", {}, 5s));
  EXPECT_EQ(rows(timeline, 10s, "mark"), (Rows{"heal  5000..5000"}));
}

TEST(RunTimeline, AHealEndsWhatWasToLastLongerAndNothingElse) {
  RunTimeline timeline(5, 10s);
  timeline.fault(fault("cut", {1}, 1s, 8s));
  timeline.fault(fault("cut", {2}, 1s, 1s));
  timeline.fault(fault("disk", {3}, 1s));
  timeline.fault(fault("heal", {}, 4s));
  EXPECT_EQ(rows(timeline, 10s, "fault"),
            (Rows{"cut t1 1000..4000", "cut t2 1000..2000", "disk t3 1000..10000"}));
}

TEST(RunTimeline, APartitionReplacesTheOneBefore) {
  RunTimeline timeline(5, 10s);
  timeline.fault(fault("partition", {1}, 1s));
  timeline.fault(fault("partition", {2}, 3s));
  EXPECT_EQ(rows(timeline, 10s, "fault"),
            (Rows{"partition t1 1000..3000", "partition t2 3000..10000"}));
}

TEST(RunTimeline, ACrashLastsUntilAllWhomItBefellAreUpAgain) {
  RunTimeline timeline(3, 10s);
  for (const std::uint32_t t : {1u, 2u, 3u}) timeline.role(t, 0s, "slave");
  timeline.fault(fault("crash", {1, 2}, 1s));
  timeline.role(1, 1s, "down");
  timeline.role(2, 1s, "down");
  timeline.fault(fault("start", {1}, 2s));
  timeline.role(1, 2s, "stranger");
  timeline.role(2, 4s, "stranger");
  EXPECT_EQ(rows(timeline, 10s, "fault"), (Rows{"crash t1 t2 1000..4000", "start t1 2000..2000"}));
}

// It changes its role while it drains; only then it is down.
TEST(RunTimeline, AStopLastsWhileItIsDown) {
  RunTimeline timeline(1, 10s);
  timeline.role(1, 0s, "master");
  timeline.fault(fault("stop", {1}, 1s));
  timeline.role(1, 1100ms, "slave");
  timeline.role(1, 1200ms, "down");
  timeline.role(1, 3s, "stranger");
  EXPECT_EQ(rows(timeline, 10s, "fault"), (Rows{"stop t1 1000..3000"}));
}

TEST(RunTimeline, WhoseStartNobodySeesIsBrokenUntilTheEnd) {
  RunTimeline timeline(1, 10s);
  timeline.role(1, 0s, "master");
  timeline.fault(fault("kill", {1}, 1s, 30s));
  timeline.role(1, 1s, "down");
  timeline.fault(fault("hand-over", {1}, 2s));
  EXPECT_EQ(rows(timeline, 10s, "fault"), (Rows{"kill t1 1000..10000", "hand-over t1 2000..2000"}));
}

TEST(RunTimeline, TellsWhatBrokeTrackersAndUntilWhen) {
  RunTimeline timeline(2, 10s);
  timeline.role(1, 0s, "master");
  timeline.fault(fault("hand-over", {1}, 1s));
  timeline.fault(fault("kill", {1}, 2s, 3s));
  timeline.role(1, 2s, "down");
  timeline.fault(fault("isolate", {2}, 3s));
  timeline.role(1, 4s, "slave");
  timeline.fault(fault("heal", {}, 6s));
  timeline.fault(fault("disk", {2}, 7s));
  timeline.fault({"damage", "damage", {}, 8s, std::nullopt, "seed"});
  const auto faults = timeline.faults(9s);
  ASSERT_EQ(faults.size(), 3u);
  EXPECT_EQ(faults[0].label, "kill");
  EXPECT_EQ(faults[0].to, 4s);
  EXPECT_EQ(faults[1].from, 3s);
  EXPECT_EQ(faults[1].to, 6s);
  EXPECT_EQ(faults[2].to, 9s);
}

}  // namespace
}  // namespace swarm::sim
