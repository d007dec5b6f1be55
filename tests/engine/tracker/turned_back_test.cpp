// What a tracker shows to everybody gives away nothing that must not be guessed. The attacker of
// these tests knows all that a generator of chances can tell: it knows the chances' seed itself.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

struct Identity {
  StoreId store;
  ClusterId cluster;
  Secret connection_key;
};

// A tracker founds a swarm of one.
Identity founded_by(const StartDraw& draw) {
  SoloTracker::Options options{.fresh = true, .draw = draw};
  options.settings.first_start = FirstStart::init;
  options.settings.bootstrap_expect = 1;
  SoloTracker solo(std::move(options));
  solo.pass(2s);
  const auto& view = solo.view();
  EXPECT_NE(view.cluster, ClusterId{});
  return {view.store, view.cluster, solo.tracker().config().current_secret};
}

TEST(TurnedBack, TheSeedOfTheChancesTellsNoIdAndNoKey) {
  StartDraw draw = draw_of(5);
  const Identity own = founded_by(draw);
  draw.entropy = draw_of(6).entropy;
  const Identity guessed = founded_by(draw);
  EXPECT_NE(guessed.store, own.store);
  EXPECT_NE(guessed.cluster, own.cluster);
  EXPECT_NE(guessed.connection_key, own.connection_key);
}

TEST(TurnedBack, NoIdAndNoKeyDependsOnTheChances) {
  StartDraw draw = draw_of(5);
  const Identity own = founded_by(draw);
  draw.chance += 1;
  const Identity same = founded_by(draw);
  EXPECT_EQ(same.store, own.store);
  EXPECT_EQ(same.cluster, own.cluster);
  EXPECT_EQ(same.connection_key, own.connection_key);
}

}  // namespace
}  // namespace swarm::test
