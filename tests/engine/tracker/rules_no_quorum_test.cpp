// R7 and R8 of the cluster protocol: a master that lost its quorum.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"
#include "tests/engine/tracker/votes.hpp"

namespace swarm::test::votes {
namespace {

// ---- R7: a master that lost its quorum

TEST(R07QuorumAge, BeyondTheLeaseRenewsNoPromise) {
  SoloTracker t;
  auto state = t.master_state(1, 1, 0);
  state.quorum_age_us = 40'001;
  t.hear(2, 1, wire::KeepAlive{state});
  EXPECT_EQ(t.said<wire::KeepAliveAck>().at(0).ack.promise_us, 0u);
  t.vote(3, 2, 1, 1);
  EXPECT_TRUE(granted(t));
}

TEST(R07QuorumAge, WithinTheLeaseRenewsIt) {
  SoloTracker t;
  auto state = t.master_state(1, 1, 0);
  state.quorum_age_us = 40'000;
  t.hear(2, 1, wire::KeepAlive{state});
  EXPECT_EQ(t.said<wire::KeepAliveAck>().at(0).ack.promise_us, 50'000u);
  t.vote(3, 2, 1, 1);
  EXPECT_FALSE(granted(t));
}

TEST(R07QuorumAge, IsToldTrulyByAMaster) {
  SoloTracker t;
  t.serve();
  t.forget();
  t.pass(30ms);
  const auto told = t.said<wire::KeepAlive>();
  ASSERT_FALSE(told.empty());
  EXPECT_LT(told.front().state.quorum_age_us, 11'000u);
  EXPECT_GT(told.back().state.quorum_age_us, 19'000u);
}

// ---- R8

TEST(R08NoQuorum, StopsKeepAlivesAndBecomesASlaveAfterOnePromise) {
  SoloTracker t;
  t.serve();
  t.pass(49ms);
  EXPECT_EQ(t.view().role, Role::master);
  t.pass(12ms);  // the next look at it is a keep-alive later
  EXPECT_EQ(t.view().role, Role::slave);
  t.forget();
  t.pass(50ms);
  EXPECT_TRUE(t.said<wire::KeepAlive>().empty());
  EXPECT_TRUE(t.said<wire::Prepare>().empty());
}

TEST(R08NoQuorum, HeardByAMajorityItStays) {
  SoloTracker t({.members = 5});
  t.win({2, 3});
  for (int i = 0; i < 100; ++i) {
    t.pass(5ms);
    t.ready(2, t.view().last.value);
    t.ready(3, t.view().last.value);
  }
  EXPECT_EQ(t.view().role, Role::master);
}

TEST(R08NoQuorum, OneOfFourOthersIsNone) {
  SoloTracker t({.members = 5});
  t.win({2, 3});
  for (int i = 0; i < 20; ++i) {
    t.pass(5ms);
    t.ready(2, t.view().last.value);
    t.ready(2, t.view().last.value);
  }
  EXPECT_EQ(t.view().role, Role::slave);
}

TEST(R08NoQuorum, APausedMasterStepsDownBeforeItSaysAnything) {
  SoloTracker t;
  t.serve();
  t.skip(1s);
  t.forget();
  t.wake();
  EXPECT_EQ(t.view().role, Role::slave);
  EXPECT_TRUE(t.said<wire::KeepAlive>().empty());
}

}  // namespace
}  // namespace swarm::test::votes
