// R23 of the cluster protocol: what an instance that stops still passes on, and when it ends.
#include <gtest/gtest.h>

#include <functional>

#include "engine/tracker/answering/relay.hpp"
#include "tests/engine/tracker/relay_rooms.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::relays {
namespace {

struct R23Stop : testing::Test {
  R23Stop() : stop([](Tracker& tracker, Time now, Outbox& out) { tracker.stop(now, out); }) {}
  // It is asked while it drains; then another one is the master.
  void is_asked_and_follows() {
    master.t.hear_alone(alice, question);
    term = master.t.view().term.value + 1;
    master.t.keep_alive(3, term);
  }
  void is_answered() {
    const auto relays = master.t.said_to<wire::Relay>(3);
    ASSERT_EQ(relays.size(), 1u);
    master.t.hear(3, term, Slave::reply_to(relays[0]));
    EXPECT_EQ(master.t.replies().size(), 1u);
  }
  std::function<void(Tracker&, Time, Outbox&)> stop;
  Master master;
  std::uint64_t term = 0;
};

TEST_F(R23Stop, AMasterThatStopsPassesOnTheAnswersToWhatItKept) {
  master.t.act(stop);
  is_asked_and_follows();
  EXPECT_EQ(master.t.exit_reason(), "");
  is_answered();
  EXPECT_EQ(master.t.exit_reason(), "stopped: another is the master");
}

TEST_F(R23Stop, AMasterThatStopsWaitsForNoAnswerLongerThanAPromise) {
  master.t.act(stop);
  is_asked_and_follows();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(master.t.exit_reason(), "");
    master.t.pass(10ms);
    master.t.keep_alive(3, term);
  }
  EXPECT_EQ(master.t.exit_reason(), "stopped: another is the master");
}

TEST_F(R23Stop, AMasterThatStopsAndWasAskedNothingEndsAtOnce) {
  master.t.act(stop);
  master.t.keep_alive(3, master.t.view().term.value + 1);
  EXPECT_EQ(master.t.exit_reason(), "stopped: another is the master");
}

TEST_F(R23Stop, ASlaveThatStopsPassesOnTheAnswersToWhatItKept) {
  is_asked_and_follows();  // it answers this one itself
  master.t.forget();
  master.t.hear_alone(alice, question);
  master.t.act(stop);
  EXPECT_EQ(master.t.exit_reason(), "");
  is_answered();
  EXPECT_EQ(master.t.exit_reason(), "stopped: another is the master");
}

// A slave that is told to stop while there is no master, and alice has asked it.
struct R23StopInAnElection : R23Stop {
  R23StopInAnElection() {
    slave.t.win({});  // nobody grants it anything
    slave.ask();
    slave.t.act(stop);
    slave.t.forget();
    term = slave.t.view().term.value + 1;
  }
  Slave slave;
};

TEST_F(R23StopInAnElection, PassesOnTheNextMastersAnswerToWhatItKept) {
  EXPECT_EQ(slave.t.exit_reason(), "");
  slave.t.pass(40ms);
  slave.t.keep_alive(3, term);
  const auto relays = slave.relayed(3);
  ASSERT_EQ(relays.size(), 1u);
  slave.t.hear(3, term, Slave::reply_to(relays[0], 90'000));
  EXPECT_EQ(slave.answers(), 1u);
  EXPECT_EQ(slave.t.exit_reason(), "stopped: another is the master");
}

TEST_F(R23StopInAnElection, DoesNotStand) {
  slave.t.pass(49ms);
  EXPECT_TRUE(slave.t.said<wire::PreVote>().empty());
  EXPECT_TRUE(slave.t.said<wire::Vote>().empty());
  EXPECT_EQ(slave.t.view().role, Role::slave);
}

TEST_F(R23StopInAnElection, WaitsForNoMasterLongerThanAPromise) {
  slave.t.pass(49ms);
  EXPECT_EQ(slave.t.exit_reason(), "");
  slave.t.pass(1ms);
  EXPECT_EQ(slave.t.exit_reason(), "stopped: there is no other master");
}

TEST(R23StopOfASlave, WaitsForTheNextMasterWhenItsOwnFallsSilent) {
  Slave slave;
  slave.t.pass(30ms);
  slave.ask();
  slave.t.act([](Tracker& tracker, Time now, Outbox& out) { tracker.stop(now, out); });
  slave.t.pass(40ms);
  EXPECT_EQ(slave.t.exit_reason(), "");
  slave.t.hear(2, 1, wire::Dead{MemberId{2}, boot_of(2), store_of(2)});
  EXPECT_TRUE(slave.t.said<wire::PreVote>().empty());
  EXPECT_TRUE(slave.t.said<wire::Vote>().empty());
  slave.t.keep_alive(3, 2);
  EXPECT_EQ(slave.relayed(3).size(), 1u);
}

TEST_F(R23Stop, AMasterThatLeavesAsksToBeRemovedWhenWhatItKeptIsAnswered) {
  master.t.act([](Tracker& tracker, Time now, Outbox& out) { tracker.leave(now, out); });
  is_asked_and_follows();
  EXPECT_TRUE(master.t.said<wire::Order>().empty());
  is_answered();
  EXPECT_EQ(master.t.said<wire::Order>().size(), 1u);
}

}  // namespace
}  // namespace swarm::test::relays
