// The bounds of a request window, and how long it waits.
#include "engine/base/request_window.hpp"

#include <gtest/gtest.h>

#include "tests/engine/base/path_model.hpp"

namespace swarm::paths {
namespace {

// --- Its bounds

TEST(RequestWindow, IsNeverMoreThanItMayBeNorLessThanFour) {
  Answers answers;
  RequestWindow window(100);
  EXPECT_EQ(window.size(), RequestWindow::least);
  answers(window, 5000, 100us);
  EXPECT_EQ(window.size(), 100u);
  window.set_most(50);
  EXPECT_EQ(window.size(), 50u);
  answers(window, 5000, 100us);
  EXPECT_EQ(window.size(), 50u);
  window.set_most(70);
  answers(window, 5000, 100us);
  EXPECT_EQ(window.size(), 70u);
  for (int i = 0; i < 10; ++i) window.silent(answers.now += 1s);
  EXPECT_EQ(window.size(), RequestWindow::least);
  window.set_most(1);
  EXPECT_EQ(window.size(), RequestWindow::least);
}

TEST(RequestWindow, ManyLossesShrinkItByAsMuch) {
  Answers answers;
  RequestWindow window(200);
  answers(window, 5000, 100us);
  ASSERT_EQ(window.size(), 200u);
  answers(window, 100, 100us);
  window.lost(answers.now, 300);
  answers(window, 200, 100us);
  EXPECT_LT(window.size(), 160u);
  EXPECT_GE(window.size(), 60u);
}

TEST(RequestWindow, DoesNotGrowWhenItIsNotUsedUp) {
  Answers answers;
  RequestWindow fresh(unlimited), steady(40);
  answers(steady, 1000, 100us);
  ASSERT_EQ(steady.size(), 40u);  // it is in steady growth from here on
  steady.set_most(unlimited);
  for (int i = 0; i < 1000; ++i)  // one at a time
    for (auto* window : {&fresh, &steady}) {
      answers.now += 300us;
      window->received(answers.now, answers.now - 200us, false);
    }
  EXPECT_LE(fresh.size(), 2 * RequestWindow::least);
  EXPECT_LE(steady.size(), 40u);
}

TEST(RequestWindow, SilenceHalvesIt) {
  Answers answers;
  RequestWindow window(64);
  answers(window, 5000, 100us);
  ASSERT_EQ(window.size(), 64u);
  window.silent(answers.now += 20ms);
  EXPECT_EQ(window.size(), 32u);
}

// --- How long it waits

TEST(RequestWindow, TimeoutDoublesWithEachSilenceUpToTwoSeconds) {
  Answers answers;
  RequestWindow window(64);
  EXPECT_EQ(window.timeout(), 100ms);  // before the first answer
  answers(window, 100, 100us);
  EXPECT_EQ(window.timeout(), 20ms);
  for (const Duration timeout : {40ms, 80ms, 160ms, 320ms, 640ms, 1280ms, 2000ms, 2000ms}) {
    window.silent(answers.now += timeout);
    EXPECT_EQ(window.timeout(), timeout);
  }
  answers(window, 1, 100us);
  EXPECT_EQ(window.timeout(), 20ms);
}

TEST(RequestWindow, TimeoutIsMoreThanALongRoundTrip) {
  Answers answers;
  RequestWindow window(64);
  answers(window, 100, 150ms);
  EXPECT_GT(window.timeout(), 150ms);
  EXPECT_LT(window.timeout(), 300ms);
}

TEST(RequestWindow, PatienceFollowsTheRoundTripsAndHowTheyVary) {
  Answers answers;
  RequestWindow steady(64), varying(64);
  EXPECT_EQ(steady.round_trip(), Duration{});
  EXPECT_EQ(steady.patience(), 100ms);
  for (int i = 0; i < 100; ++i) {
    answers(steady, 1, 400us);
    answers(varying, 1, i % 2 == 0 ? 200us : 600us);
  }
  EXPECT_NEAR(static_cast<double>(steady.round_trip() / 1us), 400, 10);
  EXPECT_GT(steady.patience(), 400us);
  EXPECT_LT(steady.patience(), 600us);
  EXPECT_GT(varying.patience(), 600us);
  EXPECT_LT(varying.patience(), 2ms);
}

TEST(RequestWindow, ASuddenlyShorterRoundTripIsNoReasonForPatience) {
  Answers answers;
  RequestWindow window(64);
  answers(window, 100, 10ms);
  const Duration before = window.patience();
  answers(window, 1, 100us);
  EXPECT_LE(window.patience(), before);
}

TEST(RequestWindow, WhatWasGivenUpTooEarlyLengthensPatienceOncePerRound) {
  Answers answers;
  RequestWindow window(64);
  answers(window, 100, 400us);
  const Duration before = window.patience();
  window.spurious(answers.now, answers.now - 400us);
  const Duration once = window.patience();
  EXPECT_GT(once, before);
  for (int i = 0; i < 100; ++i) window.spurious(answers.now, answers.now - 400us);
  EXPECT_LE(window.patience(), once);
  for (int i = 0; i < 1000; ++i) {
    answers(window, 500, 400us);
    window.spurious(answers.now, answers.now - 400us);
  }
  EXPECT_GT(window.patience(), once);
  EXPECT_LE(window.patience(), 60ms);
}

TEST(RequestWindow, ARepeatedBlockTellsNothingOfTheRoundTrip) {
  Answers answers;
  RequestWindow window(64);
  answers(window, 100, 400us);
  const Duration before = window.round_trip();
  window.received(answers.now, answers.now - 300ms, true);
  EXPECT_EQ(window.round_trip(), before);
}

}  // namespace
}  // namespace swarm::paths
