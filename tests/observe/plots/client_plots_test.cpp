#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "observe/plots/client_data.hpp"
#include "observe/plots/plot_text.hpp"

namespace swarm::observe {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

constexpr auto header = "run,seed,kind,client,event,wanted_ms,took_ms,datagrams,peers,fault,left\n";

std::vector<ClientLine> read(const std::string& lines) {
  std::istringstream in(header + lines);
  return read_clients(in, "clients.csv");
}

constexpr auto some =
    "1,7,aria2,aria2-1,started,1000.0,0.7,2,5,,no\n"
    "1,7,aria2,aria2-1,completed,5000.0,17000.5,3,5,kill,no\n"
    "1,7,lftp,lftp-1,started,5000.0,2.5,6,5,kill,yes\n"
    "1,7,lftp,lftp-1,none,6000.0,,3,0,kill,yes\n"
    "1,7,aria2,aria2-2,started,7000.0,,3,0,kill,no\n"
    "1,7,aria2,aria2-1,stopped,9000.0,,1,0,kill,no\n";

TEST(ClientData, ReadsWhatEachWanted) {
  const auto lines = read(some);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[1].took_ms, 17000.5);
  EXPECT_EQ(lines[1].fault, "kill");
  EXPECT_TRUE(lines[2].left);
  EXPECT_FALSE(lines[3].took_ms);
}

TEST(ClientData, CountsWhomAFaultMetAndAsNotAnsweredWhoLeftBefore) {
  const auto curves = curves_of_kinds(announces_of_faults(read(some), true));
  ASSERT_EQ(curves.size(), 2u);
  EXPECT_EQ(curves[0].label, "aria2");
  EXPECT_EQ(curves[0].n, 2u);
  EXPECT_THAT(curves[0].values, ElementsAre(17000.5));
  EXPECT_EQ(curves[1].n, 2u);
  EXPECT_THAT(curves[1].values, ElementsAre(2.5));
}

constexpr auto met_nothing = "1,7,aria2,aria2-1,started,1000.0,0.7,2,5,,no\n";

TEST(ClientData, WithoutAFaultAllCount) {
  EXPECT_EQ(announces_of_faults(read(met_nothing), false).size(), 1u);
}

TEST(ClientData, OfAFaultThatNobodyMetNobodyCounts) {
  EXPECT_TRUE(announces_of_faults(read(met_nothing), true).empty());
  EXPECT_FALSE(some_met_a_fault(read(met_nothing)));
  EXPECT_TRUE(some_met_a_fault(read(some)));
}

TEST(ClientData, ABadLineIsNamed) {
  try {
    read("1,7,aria2,aria2-1,started,-1000.0,0.7,2,5,,no\n");
    FAIL() << "it was wanted before the run";
  } catch (const BadFile& bad) {
    EXPECT_THAT(bad.what(), StartsWith("clients.csv:2: "));
  }
}

TEST(ClientPlots, TheTitleComparesWhatIsRare) {
  const std::vector<Curve> curves{{"aria2", {1, 17000}, 2}, {"lftp", {1, 3}, 2}};
  EXPECT_EQ(finding_of_tails(curves, Measure::announce),
            "99 % of announces answered in 3.0 ms with lftp, in 17 s with aria2");
}

TEST(ClientPlots, WhatIsRareIsReachedByAllOfThem) {
  Curve aria2{"aria2", std::vector<double>(97, 17000), 100};
  EXPECT_EQ(finding_of_tails({aria2, {"lftp", {1, 3}, 2}}, Measure::announce),
            "95 % of announces answered in 3.0 ms with lftp, in 17 s with aria2; 3 of 102 were not "
            "answered");
  EXPECT_EQ(finding_of_tails({aria2}, Measure::announce),
            "The announces are over in 17 s; 3 of 100 were not answered");
  EXPECT_EQ(finding_of_tails({{"aria2", {3}, 2}, {"lftp", {3}, 2}}, Measure::announce),
            "Median time to the answer is 3.0 ms everywhere; 2 of 4 were not answered");
}

TEST(ClientPlots, WhoLeftMayBeTheReasonWhyNoneWasAnswered) {
  EXPECT_EQ(finding_of_tails({{"lftp", {}, 3}}, Measure::announce),
            "None of the 3 announces was answered");
}

}  // namespace
}  // namespace swarm::observe
