#include "tests/engine/base/turned_back.hpp"

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

// A tracker founds a swarm of one.
Shown founded_by(const StartDraw& draw) {
  SoloTracker::Options options{.fresh = true, .draw = draw};
  options.settings.first_start = FirstStart::init;
  options.settings.bootstrap_expect = 1;
  SoloTracker solo(std::move(options));
  solo.pass(2s);
  EXPECT_NE(solo.view().cluster, ClusterId{});
  return {solo.view().store.value, solo.view().cluster.value,
          end_of(solo.tracker().config().current_secret)};
}

TEST(TurnedBack, TheSeedOfTheChancesTellsNoIdAndNoKeyOfATracker) {
  expect_that_only_entropy_counts(founded_by);
}

}  // namespace
}  // namespace swarm::test
