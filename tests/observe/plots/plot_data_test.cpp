#include "observe/plots/plot_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace swarm::observe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string failover_header = "run,seed,fault,at_ms,detection_ms,election_ms,service_ms\n";
const std::string timeline_header = "kind,tracker,from_ms,to_ms,label,value\n";

std::vector<Failover> failovers(const std::string& lines) {
  std::istringstream in(failover_header + lines);
  return read_failovers(in, "failover.csv");
}

Timeline timeline(const std::string& lines) {
  std::istringstream in(timeline_header + lines);
  return read_timeline(in, "timeline.csv");
}

std::string complaint(const std::function<void()>& action) {
  try {
    action();
  } catch (const BadFile& bad) {
    return bad.what();
  }
  return "none";
}

Curve curve(std::vector<double> values, std::size_t never = 0) {
  Curve made{"", std::move(values), 0};
  made.n = made.values.size() + never;
  return made;
}

TEST(PlotData, ReadsAFailover) {
  const auto read = failovers("3,44,crash,5000.5,0.2,1.3,1.9\n");
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].run, 3U);
  EXPECT_EQ(read[0].seed, 44U);
  EXPECT_EQ(read[0].fault, "crash");
  EXPECT_EQ(read[0].at_ms, 5000.5);
  EXPECT_EQ(read[0].service_ms, 1.9);
  EXPECT_DOUBLE_EQ(read[0].without_master_ms().value(), 1.5);
}

TEST(PlotData, AnEmptyCellDidNotHappen) {
  const auto read = failovers("1,42,crash,5000,0.2,,\n");
  EXPECT_EQ(read[0].detection_ms, 0.2);
  EXPECT_FALSE(read[0].service_ms.has_value());
  EXPECT_FALSE(read[0].without_master_ms().has_value());
}

TEST(PlotData, AFileOfHeadersOnlyHasNoFailovers) {
  EXPECT_THAT(failovers(""), IsEmpty());
}

TEST(PlotData, TakesQuotedCellsAndCarriageReturns) {
  const auto read = failovers("1,42,\"crash, then \"\"heal\"\"\",5000,1,1,3\r\n");
  EXPECT_EQ(read[0].fault, "crash, then \"heal\"");
  EXPECT_EQ(read[0].service_ms, 3);
}

TEST(PlotData, SaysWhichLineOfAFailoverFileIsWrong) {
  const auto says = [](const std::string& lines) { return complaint([&] { failovers(lines); }); };
  EXPECT_THAT(says("1,42,crash,5000,1,1,1\n1,42,crash\n"), StartsWith("failover.csv:3: 3 cells"));
  EXPECT_THAT(says("x,42,crash,5000,1,1,1\n"), StartsWith("failover.csv:2: 'x' is not a whole"));
  EXPECT_THAT(says("1,-2,crash,5000,1,1,1\n"), HasSubstr("not a whole number"));
  EXPECT_THAT(says("1,42,crash,,1,1,1\n"), HasSubstr("'' is not a number"));
  EXPECT_THAT(says("1,42,crash,5000,1ms,1,1\n"), HasSubstr("'1ms' is not a number"));
  EXPECT_THAT(says("1,42,crash,5000,nan,1,1\n"), HasSubstr("'nan' is not a number"));
  EXPECT_THAT(says("1,42,crash,5000,-1,1,1\n"), HasSubstr("less than nothing"));
  EXPECT_THAT(says("1,42,\"crash,5000,1,1,1\n"), HasSubstr("never closed"));
}

TEST(PlotData, RefusesAnEmptyFileAndAnotherHeader) {
  std::istringstream empty(""), other("run,seed\n");
  EXPECT_THAT(complaint([&] { read_failovers(empty, "f"); }), StartsWith("f:1: empty"));
  EXPECT_THAT(complaint([&] { read_failovers(other, "f"); }), StartsWith("f:1: expected"));
}

TEST(PlotData, NoNoiseDoesMoreThanComplain) {
  std::mt19937 noise(7);
  for (int round = 0; round < 300; ++round) {
    std::string text = timeline_header;
    for (int i = 0; i < 200; ++i) text += "role,12345.,\"\n\r\0fault-e"[noise() % 22];
    std::istringstream in(text);
    EXPECT_NO_FATAL_FAILURE(complaint([&] { read_timeline(in, "noise"); }));
  }
}

TEST(PlotData, AFaultWithoutAnEndLastsUntilTheRunEnds) {
  const auto read = timeline(
      "role,t1,0,900,master,\nrole,t2,0,1000,slave,\nfault,t1,900,,crash,\nanswers,,0,10,,5\n");
  ASSERT_EQ(read.faults.size(), 1U);
  EXPECT_EQ(read.faults[0].to_ms, 1000);
  EXPECT_EQ(read.end_ms, 1000);
  EXPECT_EQ(read.answers[0].answers, 5);
}

TEST(PlotData, SaysWhichLineOfATimelineIsWrong) {
  const auto says = [](const std::string& line) { return complaint([&] { timeline(line); }); };
  EXPECT_THAT(says("role,t1,0,10,king,\n"), StartsWith("timeline.csv:2: 'king' is not a role"));
  EXPECT_THAT(says("role,,0,10,slave,\n"), HasSubstr("without a tracker"));
  EXPECT_THAT(says("role,t1,20,10,slave,\n"), HasSubstr("ends (10 ms) before"));
  EXPECT_THAT(says("weather,t1,0,10,rain,\n"), HasSubstr("none of role, fault, mark, answers"));
  EXPECT_THAT(says("answers,,0,,,5\n"), HasSubstr("without an end"));
}

TEST(PlotData, TrackersAreInTheOrderOfTheirNumbers) {
  const auto read = timeline("role,t10,0,1,slave,\nrole,t2,0,1,slave,\nrole,t1,0,1,slave,\n");
  EXPECT_THAT(read.trackers(), ElementsAre("t1", "t2", "t10"));
}

TEST(PlotData, ValuesAreOrderedByNumberAndUnit) {
  EXPECT_TRUE(by_number("9ms", "10ms"));
  EXPECT_TRUE(by_number("999us", "1ms"));
  EXPECT_TRUE(by_number("900ms", "1s"));
  EXPECT_TRUE(by_number("150ms..155ms", "150ms..200ms"));
  EXPECT_TRUE(by_number("1.5%", "2%"));
  EXPECT_TRUE(by_number("majority", "in-sync") != by_number("in-sync", "majority"));
  EXPECT_FALSE(by_number("1s", "1s"));
}

TEST(PlotData, QuantilesAreNearestRanksOfAll) {
  Curve hundred = curve({});
  for (int i = 1; i <= 100; ++i) hundred.values.push_back(i);
  hundred.n = 100;
  EXPECT_EQ(quantile(hundred, 50), 50);
  EXPECT_EQ(quantile(hundred, 99), 99);
  EXPECT_EQ(quantile(hundred, 99.5), 100);
  EXPECT_EQ(quantile(hundred, 100), 100);
  EXPECT_EQ(quantile(hundred, 1), 1);
  EXPECT_EQ(quantile(curve({7}), 50), 7);
}

TEST(PlotData, AQuantileThatNeverCameIsEmpty) {
  EXPECT_EQ(quantile(curve({1, 2}, 2), 50), 2);
  EXPECT_FALSE(quantile(curve({1, 2}, 2), 51).has_value());
  EXPECT_FALSE(quantile(curve({}), 50).has_value());
}

TEST(PlotData, TheDistributionStepsUpToWhatEnded) {
  const auto points = cumulative(curve({1, 2, 2}, 1));
  std::vector<std::pair<double, double>> seen;
  for (const auto& point : points) seen.emplace_back(point.ms, point.percent);
  EXPECT_THAT(seen,
              ElementsAre(std::pair(1, 0), std::pair(1, 25), std::pair(2, 25), std::pair(2, 75)));
}

TEST(PlotData, ThinningKeepsBothEndsAndLosesNoTie) {
  Curve large = curve({});
  for (int i = 0; i < 5000; ++i) large.values.push_back(i < 2500 ? 1.0 : i);
  large.n = large.values.size();
  const auto points = cumulative(large, 100);
  EXPECT_LT(points.size(), 400U);
  EXPECT_EQ(points[1].ms, 1);
  EXPECT_EQ(points[1].percent, 50);
  EXPECT_EQ(points.back().ms, 4999);
  EXPECT_EQ(points[points.size() - 20].ms, 4990);
}

// However near to each other, and however many are left out.
TEST(PlotData, EveryStepIsUprightOrLevel) {
  for (const std::size_t most : {10UL, 1000UL}) {
    Curve made = curve({});
    for (int i = 0; i < 500; ++i) made.values.push_back(i % 3 == 0 ? i : i - 0.001);
    std::sort(made.values.begin(), made.values.end());
    made.n = made.values.size();
    const auto points = cumulative(made, most);
    for (std::size_t i = 1; i < points.size(); ++i) {
      EXPECT_TRUE(points[i].ms == points[i - 1].ms || points[i].percent == points[i - 1].percent);
    }
  }
}

TEST(PlotData, AFaultFindsItsFailoverOfTheSameRun) {
  auto read = timeline("role,t1,0,900,master,\nfault,t1,100,200,kill,\nfault,t1,500,600,kill,\n");
  read.add(failovers("1,42,kill,100,1,1,3\n2,43,kill,500,1,1,4\n1,42,stop,500,1,1,5\n"), "42");
  ASSERT_TRUE(read.faults[0].measured.has_value());
  EXPECT_EQ(read.faults[0].measured->service_ms, 3);
  EXPECT_FALSE(read.faults[1].measured.has_value());
}

TEST(PlotData, AValueOfASweepMayCombineKeys) {
  using Settings = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ((SweepValue{"a.b", "1ms", {}}.settings()), (Settings{{"a.b", "1ms"}}));
  EXPECT_EQ((SweepValue{"a.b", "1ms,c=2%,d=x,y", {}}.settings()),
            (Settings{{"a.b", "1ms"}, {"c", "2%"}, {"d", "x,y"}}));
}

TEST(PlotData, GapsAreWhereNobodyIsMaster) {
  const auto gaps = gaps_without_master(
      timeline("role,t1,0,10,stranger,\nrole,t1,10,50,master,\nrole,t2,40,60,master,\n"
               "role,t3,65,80,master,\nrole,t3,80,100,down,\n"));
  ASSERT_EQ(gaps.size(), 2U);
  EXPECT_EQ(gaps[0].from_ms, 60);
  EXPECT_EQ(gaps[0].length(), 5);
  EXPECT_EQ(gaps[1].to_ms, 100);
}

TEST(PlotData, CellsThatNeedQuotesGetThem) {
  EXPECT_EQ(csv_cell("plain"), "plain");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"x\""), "\"say \"\"x\"\"\"");
}

}  // namespace
}  // namespace swarm::observe
