#include "engine/links/replay_window.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/engine/base/words.hpp"

namespace swarm::test {
namespace {

using Verdict = ReplayWindow::Verdict;

constexpr Time now{10s};

TEST(ReplayWindow, TakesEachNumberOnce) {
  ReplayWindow window;
  EXPECT_EQ(window.look(0, now), Verdict::repeated) << "there is no such number";
  for (const std::uint64_t number : {1, 3, 2, 100, 64, 63, 65}) {
    EXPECT_EQ(window.look(number, now), Verdict::fresh) << number;
    window.take(number, now);
    EXPECT_EQ(window.look(number, now), Verdict::repeated) << number;
  }
}

TEST(ReplayWindow, LookingChangesNothing) {
  ReplayWindow window;
  EXPECT_EQ(window.look(1'000'000, now), Verdict::fresh);
  EXPECT_EQ(window.look(1, now), Verdict::fresh);
}

TEST(ReplayWindow, IsAsWideAsItSays) {
  ReplayWindow window;
  constexpr std::uint64_t last = 1'000'000;
  window.take(last, now);
  EXPECT_EQ(window.look(last - ReplayWindow::width + 1, now), Verdict::fresh);
  EXPECT_EQ(window.look(last - ReplayWindow::width, now), Verdict::late);
  EXPECT_GE(ReplayWindow::width, 4096u);
}

TEST(ReplayWindow, ReachesTheLastNumberThereIs) {
  ReplayWindow window;
  window.take(5, now);
  window.take(UINT64_MAX, now);
  EXPECT_EQ(window.look(UINT64_MAX, now), Verdict::repeated);
  EXPECT_EQ(window.look(UINT64_MAX - 1, now), Verdict::fresh);
  EXPECT_EQ(window.look(5, now), Verdict::late);
}

TEST(ReplayWindow, WhatWasOvertakenLongAgoIsLate) {
  ReplayWindow window;
  Time at = now;
  for (std::uint64_t number = 2; number <= 40; number += 2, at += 100ms) {
    EXPECT_EQ(window.look(number - 1, at), Verdict::fresh) << "it has just been overtaken";
    window.take(number, at);
    // What was overtaken within late_after is not late.
    const std::uint64_t within = number > 10 ? number - 9 : 1;
    EXPECT_EQ(window.look(within, at), Verdict::fresh) << within;
    if (number > 24) {
      EXPECT_EQ(window.look(number - 23, at), Verdict::late) << number;
    }
  }
}

TEST(ReplayWindow, AfterASilenceWhatWasKeptIsLate) {
  ReplayWindow window;
  window.take(2, now);
  EXPECT_EQ(window.look(1, now + 999ms), Verdict::fresh);
  EXPECT_EQ(window.look(1, now + 1s), Verdict::late);
  EXPECT_EQ(window.look(3, now + 1h), Verdict::fresh);
}

// Compared with a set of all numbers that were taken.
TEST(ReplayWindow, AgreesWithASet) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Words random(seed);
    ReplayWindow window;
    std::set<std::uint64_t> taken;
    std::uint64_t highest = 0;
    for (int i = 0; i < 20'000; ++i) {
      // Mostly near the end, sometimes far behind it or far ahead.
      const std::uint64_t back = random.below(20) == 0 ? random.below(10'000) : random.below(200);
      const std::uint64_t ahead = random.below(500) == 0 ? random.below(20'000) : random.below(4);
      const std::uint64_t number = highest + ahead > back ? highest + ahead - back : 1;
      const auto verdict = window.look(number, now);
      if (number <= highest && highest - number >= ReplayWindow::width) {
        ASSERT_EQ(verdict, Verdict::late);
      } else {
        ASSERT_EQ(verdict, taken.contains(number) ? Verdict::repeated : Verdict::fresh) << number;
      }
      if (verdict != Verdict::fresh) continue;
      window.take(number, now);
      taken.insert(number);
      highest = std::max(highest, number);
    }
  }
}

}  // namespace
}  // namespace swarm::test
