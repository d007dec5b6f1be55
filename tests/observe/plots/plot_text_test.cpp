#include "observe/plots/plot_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "observe/plots/ascii_plot.hpp"
#include "observe/plots/plot_script.hpp"

namespace swarm::observe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Curve curve(const std::string& label, std::size_t n, double first, double step,
            std::size_t never = 0) {
  Curve made{label, {}, n + never};
  for (std::size_t i = 0; i < n; ++i) {
    made.values.push_back(first + step * static_cast<double>(i));
  }
  return made;
}

Timeline run(std::vector<RoleSpan> roles, std::size_t faults) {
  Timeline made{std::move(roles), {}, {}, 60'000};
  for (std::size_t i = 0; i < faults; ++i) made.faults.push_back({"t1", 5'000, 8'000, "crash"});
  return made;
}

TEST(PlotText, QuantitiesHaveTwoDigitsAndAUnit) {
  EXPECT_EQ(in_ms(0), "0 ms");
  EXPECT_EQ(in_ms(0.042), "42 µs");
  EXPECT_EQ(in_ms(0.31), "0.31 ms");
  EXPECT_EQ(in_ms(1.94), "1.9 ms");
  EXPECT_EQ(in_ms(9.97), "10 ms");
  EXPECT_EQ(in_ms(287.2), "287 ms");
  EXPECT_EQ(in_ms(999.9), "1.0 s");
  EXPECT_EQ(in_ms(60'000), "60 s");
}

TEST(PlotText, ValuesOfSettingsAreReadable) {
  EXPECT_EQ(readable_value("25ms"), "25 ms");
  EXPECT_EQ(readable_value("0.5%"), "0.5 %");
  EXPECT_EQ(readable_value("150ms..155ms"), "150–155 ms");
  EXPECT_EQ(readable_value("5ms..1s"), "5 ms–1 s");
  EXPECT_EQ(readable_value("in-sync"), "in-sync");
  EXPECT_EQ(readable_value("t2"), "t2");
  EXPECT_EQ(readable_value("5"), "5");
  EXPECT_EQ(readable_key("tracker.keep_alive"), "keep_alive");
  EXPECT_EQ(readable_key("seed"), "seed");
}

TEST(PlotText, AUnitIsCommonOnlyIfAllHaveIt) {
  EXPECT_EQ(common_unit({"5 ms", "10 ms"}), "ms");
  EXPECT_EQ(common_unit({"5 ms", "1 s"}), "");
  EXPECT_EQ(common_unit({"5 ms", "never"}), "");
  EXPECT_EQ(common_unit({"30 ms · 0 %", "30 ms · 1 %"}), "");
}

TEST(PlotText, TheTitleOfOneCurveNamesMedianAndNinetyNine) {
  EXPECT_EQ(finding(curve("", 100, 1, 0.1), Measure::service),
            "Half of the failovers are over in 5.9 ms, 99 % in 11 ms");
}

TEST(PlotText, FewFailoversHaveNoNinetyNinthPercentile) {
  EXPECT_EQ(finding(curve("", 10, 1, 1), Measure::service),
            "Half of the failovers are over in 5.0 ms, the slowest in 10 ms");
  EXPECT_EQ(finding(curve("", 1, 2, 0), Measure::service), "The failover is over in 2.0 ms");
  EXPECT_EQ(finding(curve("", 50, 2, 0), Measure::service), "All failovers are over in 2.0 ms");
}

TEST(PlotText, TheTitleDoesNotHideWhatNeverEnded) {
  EXPECT_EQ(finding(curve("", 90, 2, 0.1, 10), Measure::service),
            "Half of the failovers are over in 6.9 ms, the slowest in 11 ms; 10 of 100 were not "
            "measured to their end");
  EXPECT_EQ(finding(curve("", 40, 2, 0.1, 60), Measure::service),
            "Only 40 of 100 failovers were measured to their end, the slowest of them in 5.9 ms");
  EXPECT_EQ(finding(curve("", 0, 0, 0, 20), Measure::service),
            "None of the 20 failovers was measured to its end");
  EXPECT_EQ(finding(curve("", 90, 2, 0.1, 10), Measure::download),
            "Half of the downloads are over in 6.9 ms, the slowest in 11 ms; 10 of 100 did not end "
            "before the run did");
}

TEST(PlotText, WhatWasNotMeasuredHasNoTitleAboutFailovers) {
  EXPECT_EQ(finding(std::vector<Curve>{}, Measure::service), "No failovers were measured");
  EXPECT_EQ(finding(curve("", 0, 0, 0), Measure::service), "No failovers were measured");
  EXPECT_EQ(finding({curve("a", 0, 0, 0, 5), curve("b", 0, 0, 0, 5)}, Measure::service),
            "Nowhere were half of the failovers measured to their end");
}

TEST(PlotText, TheTitleOfASweepSaysHowTheMedianDepends) {
  const auto a = curve("5 ms", 11, 1, 0), b = curve("10 ms", 11, 4, 0), c = curve("1 s", 11, 2, 0);
  EXPECT_EQ(finding_of_sweep("keep_alive", {a, b}, Measure::service),
            "Median service gap grows from 1.0 ms to 4.0 ms as keep_alive goes from 5 ms to 10 ms");
  EXPECT_EQ(
      finding_of_sweep("keep_alive", {b, c}, Measure::service),
      "Median service gap shrinks from 4.0 ms to 2.0 ms as keep_alive goes from 10 ms to 1 s");
  EXPECT_EQ(
      finding_of_sweep("keep_alive", {a, b, c}, Measure::service),
      "Median service gap is shortest (1.0 ms) at keep_alive 5 ms, longest (4.0 ms) at 10 ms");
  EXPECT_EQ(finding_of_sweep("keep_alive", {a, a}, Measure::service),
            "Median service gap is 1.0 ms at every value of keep_alive");
  const auto near = curve("20 ms", 11, 1.05, 0);
  EXPECT_EQ(finding_of_sweep("keep_alive", {a, near}, Measure::download),
            "Median time to complete is 1.0 ms to 1.1 ms at every value of keep_alive");
  EXPECT_THAT(finding_of_sweep("k", {a, b, curve("2 s", 1, 1, 0, 9)}, Measure::service),
              HasSubstr("of 1 of 3 less than half were measured to their end"));
}

TEST(PlotText, TheTitleOfARunSaysNothingOfAnswersThatWereNotMeasured) {
  EXPECT_EQ(finding(run({{"t1", 0, 60'000, "master"}}, 0)),
            "No fault in 60 s: the master stays the same");
  EXPECT_EQ(finding(run({{"t1", 0, 5'000, "master"}, {"t2", 5'002, 60'000, "master"}}, 1)),
            "1 fault in 60 s: 1 change of the master");
  EXPECT_EQ(finding(run({{"t1", 0, 5'000, "master"}}, 2)),
            "2 faults in 60 s; no tracker is master from 5.0 s on");
  EXPECT_EQ(finding(run({{"t1", 0, 60'000, "slave"}}, 2)), "No tracker became master in 60 s");
}

TEST(PlotText, TheTitleOfARunSaysWhenPeersWereAnswered) {
  auto made = run({{"t1", 0, 60'000, "master"}}, 1);
  const auto measured = [](std::optional<double> service) {
    return Failover{1, 42, "crash", 5'000, {}, {}, service};
  };
  made.faults[0].measured = measured(52.4);
  EXPECT_EQ(finding(made), "1 fault in 60 s: after it a new registration is answered 52 ms later");
  made.faults[0].measured = measured({});
  EXPECT_EQ(finding(made), "1 fault in 60 s: after it no answer of a new registration was seen");
  made.faults.push_back(made.faults[0]);
  made.faults[0].measured = measured(2.0);
  EXPECT_EQ(finding(made),
            "2 faults in 60 s: after 1 of them a new registration is answered 2.0 ms later, after "
            "1 no answer was seen");
  made.faults[1].measured = measured(52.4);
  EXPECT_EQ(finding(made),
            "2 faults in 60 s: after each a new registration is answered 2.0 ms to 52 ms later");
  made.faults.push_back({"t2", 9'000, 9'000, "stop"});
  EXPECT_THAT(finding(made), HasSubstr(": after 2 of them a new registration"));
}

TEST(PlotText, SmallPrintNamesSeeds) {
  std::vector<Failover> all(3);
  all[0].seed = 42, all[1].seed = 43, all[2].seed = 44;
  EXPECT_EQ(sample_text(all), "n = 3, seeds 42–44");
  all[2].seed = 50;
  EXPECT_EQ(sample_text(all), "n = 3, 3 seeds from 42 to 50");
  all.resize(1);
  EXPECT_EQ(sample_text(all), "n = 1, seed 42");
  EXPECT_EQ(origin_text({"master-crash", "0.1.0", "42"}),
            "scenario “master-crash” · swarm-sim 0.1.0");
  EXPECT_EQ(origin_text({}), "");
}

TEST(PlotText, SmallPrintBreaksBetweenItsParts) {
  EXPECT_THAT(wrapped_by_parts("n = 9 · swarm-sim 0.1.0", 30),
              ElementsAre("n = 9 · swarm-sim 0.1.0"));
  EXPECT_THAT(wrapped_by_parts("n = 9, seeds 1–9 · swarm-sim 0.1.0", 30),
              ElementsAre("n = 9, seeds 1–9", "swarm-sim 0.1.0"));
  EXPECT_THAT(wrapped_by_parts("one two three", 8), ElementsAre("one two", "three"));
}

TEST(PlotText, ANumberIsNotTornFromItsUnit) {
  EXPECT_THAT(wrapped("takes 1.9 ms", 10), ElementsAre("takes", "1.9 ms"));
  EXPECT_THAT(wrapped("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(balanced("aaaaa bbbbb ccccc ddddd eeeee fffff", 30),
              ElementsAre("aaaaa bbbbb ccccc", "ddddd eeeee fffff"));
}

TEST(PlotText, TheTerminalShowsEveryCurveAndItsFigures) {
  const auto text = ascii_cdf("A title", {curve("near", 100, 1, 0.01), curve("far", 50, 50, 1, 50)},
                              Measure::service, 80);
  EXPECT_THAT(text, HasSubstr("A title\n"));
  EXPECT_THAT(text, HasSubstr("a near"));
  EXPECT_THAT(text, HasSubstr("(50 not measured)"));
  EXPECT_THAT(text, HasSubstr("(ms, logarithmic)"));
  EXPECT_THAT(text, HasSubstr("b\n"));
}

TEST(PlotScript, AnAxisIsLogarithmicWhereTheValuesSpanDecades) {
  EXPECT_TRUE(axis_for(1, 100).logarithmic);
  EXPECT_FALSE(axis_for(1, 10).logarithmic);
  EXPECT_THAT(axis_for(1, 100).ticks, ElementsAre(1, 2, 5, 10, 20, 50, 100));
  EXPECT_THAT(logarithmic_axis(10, 100'000).ticks, ElementsAre(10, 100, 1'000, 10'000, 100'000));
  EXPECT_TRUE(axis_for(0, 100).logarithmic);
  EXPECT_GT(axis_for(0, 100).low, 0);
  EXPECT_EQ(axis_for(0, 0).low, 0);
  EXPECT_GT(axis_for(0, 0).high, 0);
  const auto narrow = axis_for(2, 2);
  EXPECT_LT(narrow.low, 2);
  EXPECT_GT(narrow.high, 2);
}

TEST(PlotScript, NarrowDataHaveAnAxisOfTheirOwn) {
  const auto narrow = narrow_axis_for(52.1, 56.9);
  EXPECT_THAT(narrow.ticks, ElementsAre(52, 53, 54, 55, 56, 57));
  EXPECT_EQ(narrow_axis_for(10, 60).low, 0);
  EXPECT_EQ(narrow_axis_for(5, 5).low, 0);
  EXPECT_TRUE(narrow_axis_for(1, 100).logarithmic);
}

TEST(PlotScript, TextCannotBecomeACommand) {
  EXPECT_EQ(quoted("it's"), "'it''s'");
  EXPECT_EQ(quoted("keep_alive"), "'keep\\_alive'");
  EXPECT_EQ(quoted("a\nb"), "'a b'");
}

TEST(PlotScript, NoTwoOfThirtyLineStylesAreAlike) {
  std::set<std::pair<std::string, std::string>> styles;
  for (std::size_t i = 0; i < 30; ++i) styles.insert({line_style(i).colour, line_style(i).dash});
  EXPECT_EQ(styles.size(), 30U);
}

}  // namespace
}  // namespace swarm::observe
