// R20: a learner gets a vote when it has been up to date for `stabilisation`.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

struct R20Stabilisation : testing::Test {
  R20Stabilisation() : t(with_a_small_window()) {
    t.serve();
    join(104, 4);
    t.pass_as_master(150ms);
  }
  static SoloTracker::Options with_a_small_window() {
    SoloTracker::Options options;
    options.settings.window = 1;
    return options;
  }
  void join(std::uint64_t store, std::uint32_t n) {
    const wire::Header header{{}, {}, {}, BootId{store}, StoreId{store}, {}};
    t.hear(header, wire::Join{address_of(n)}, address_of(n));
  }
  // The learner acknowledges all there is.
  void keeps_up(Duration time, BootId boot = boot_of(4)) {
    for (Duration d = 0ns; d < time; d += 10ms) {
      t.pass_as_master(10ms);
      auto header = t.header(4, t.view().term.value);
      header.boot = boot;
      t.hear(header, wire::Ready{t.acknowledgement(t.view().last.value)}, address_of(4));
    }
  }

  // These acknowledge all there is, nobody else.
  void live(std::initializer_list<std::uint32_t> members, Duration time) {
    for (Duration d = 0ns; d < time; d += 10ms) {
      t.pass_as_master(10ms);
      for (const auto n : members) t.ready(n, t.view().last.value);
    }
  }
  bool removes(std::uint32_t n) {
    bool taken = false;
    t.act([&](Tracker& tracker, Time now, Outbox& out) {
      taken = tracker.remove(now, MemberId{n}, out);
    });
    return taken;
  }

  SoloTracker t;
};

TEST_F(R20Stabilisation, UpToDateForTenSecondsIsAVoter) {
  keeps_up(9800ms);
  EXPECT_EQ(t.view().voters, 3u);
  keeps_up(500ms);
  EXPECT_EQ(t.view().voters, 4u);
}

TEST_F(R20Stabilisation, WhoLivedForThreeSecondsNeverIs) {
  keeps_up(3s);
  t.pass_as_master(20s);
  EXPECT_EQ(t.view().members, 4u);
  EXPECT_EQ(t.view().voters, 3u);
}

TEST_F(R20Stabilisation, AnotherProcessCountsAnew) {
  keeps_up(8s);
  keeps_up(9800ms, BootId{77});
  EXPECT_EQ(t.view().voters, 3u);
  keeps_up(500ms, BootId{77});
  EXPECT_EQ(t.view().voters, 4u);
}

TEST_F(R20Stabilisation, SilenceCountsAnew) {
  keeps_up(8s);
  t.pass_as_master(700ms);
  keeps_up(9800ms);
  EXPECT_EQ(t.view().voters, 3u);
  keeps_up(500ms);
  EXPECT_EQ(t.view().voters, 4u);
}

TEST_F(R20Stabilisation, AFewLostKeepAlivesDoNot) {
  keeps_up(5s);
  t.pass_as_master(250ms);
  keeps_up(5s);
  EXPECT_EQ(t.view().voters, 4u);
}

TEST_F(R20Stabilisation, WhoFallsBehindCountsAnew) {
  keeps_up(8s);
  const auto behind = t.view().last.value;
  join(105, 5);
  t.pass_as_master(150ms);
  join(106, 6);
  for (int i = 0; i < 100; ++i) {
    t.pass_as_master(10ms);
    t.ready(4, behind);
  }
  ASSERT_EQ(t.view().last.value, behind + 2);
  keeps_up(9800ms);
  EXPECT_EQ(t.view().voters, 3u);
  keeps_up(500ms);
  EXPECT_EQ(t.view().voters, 4u);
}

TEST_F(R20Stabilisation, ANewMasterCountsAnew) {
  keeps_up(8s);
  t.hear(2, t.view().term.value + 1, wire::Status{});
  ASSERT_NE(t.view().role, Role::master);
  t.forget();
  t.serve();
  ASSERT_EQ(t.view().role, Role::master);
  keeps_up(9800ms);
  EXPECT_EQ(t.view().voters, 3u);
  keeps_up(500ms);
  EXPECT_EQ(t.view().voters, 4u);
}

// The time that it took is not known.
TEST_F(R20Stabilisation, AClockThatGoesBackCountsAnew) {
  keeps_up(8s);
  t.act([](Tracker& k, Time now, Outbox& out) { k.clock_went_back(now, 1s, out); });
  keeps_up(9800ms);
  EXPECT_EQ(t.view().voters, 3u);
  keeps_up(500ms);
  EXPECT_EQ(t.view().voters, 4u);
}

TEST_F(R20Stabilisation, OfTwoEachHasItsOwnTime) {
  keeps_up(4s);
  join(105, 5);
  for (int i = 0; i < 630; ++i) {
    keeps_up(10ms);
    if (t.view().members == 5) t.ready(5, t.view().last.value);
  }
  EXPECT_EQ(t.view().voters, 4u);
  EXPECT_EQ(t.tracker().config().find(MemberId{5})->standing, Standing::learner);
  for (int i = 0; i < 450; ++i) {
    keeps_up(10ms);
    t.ready(5, t.view().last.value);
  }
  EXPECT_EQ(t.view().voters, 5u);
}

// Who replaces hosts one soon after the other would be left with one voter.
TEST_F(R20Stabilisation, ALivingVoterIsNotTakenOutMeanwhile) {
  live({3, 4}, 1s);
  EXPECT_FALSE(removes(3));
  live({4}, 1s);
  EXPECT_TRUE(removes(3)) << "it is silent now";
  live({4}, 100ms);
  EXPECT_EQ(t.view().voters, 2u);
}

TEST_F(R20Stabilisation, ALivingVoterIsTakenOutWhenTheNewcomerHasGone) {
  live({4}, 1s);
  live({3}, 100ms);
  EXPECT_FALSE(removes(3));
  live({3}, 1s);
  EXPECT_TRUE(removes(3));
}

}  // namespace
}  // namespace swarm::test
