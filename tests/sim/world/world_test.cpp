// The simulated world: steps, datagrams, starts, crashes, ends.
#include "transport/sim/world/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/world/memory_store.hpp"
#include "tests/sim/world/scripted_world.hpp"

namespace swarm::sim::scripted {
namespace {

using test::log_write;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct BusyWorldTest : WorldTest {
  BusyWorldTest() : WorldTest(plain(), {.step = 2ms, .row = 1ms}) { world.add_disk(a, store); }
};

// What comes during a step waits, what the step sends leaves at its end, and what has come is heard
// before a timer.
TEST_F(BusyWorldTest, AStepTakesItsTimeAndAllElseAtItsHostWaits) {
  script(a).receive = [&](Time now, const Arrival&, const std::string& text, Outbox& out) {
    if (text != "one") return;
    out.worked(3);
    out.send(Channel::cluster, world.address(b, Channel::cluster), bytes_of("done"));
    out.persist(log_write(1));
    script(a).next = now + 1ms;
  };
  start_all();
  run(10ms);
  for (const char* text : {"one", "two"}) send(b, a, text);
  run(30ms);
  EXPECT_THAT(calls(a), ElementsAre("one @11000", "two @16000", "log 1 @18000", "wake @20000"));
  EXPECT_THAT(calls(b), ElementsAre("done @17000"));
}

TEST_F(BusyWorldTest, WhoEndsIsBusyNoMore) {
  start_all();
  run(10ms);
  send(b, a, "one");
  run(2ms);
  world.restart(a);
  run(0ms);
  EXPECT_THAT(calls(a), ElementsAre("one @11000", "end", "start @12000"));
}

TEST_F(BusyWorldTest, HostsWithoutADiskAreNoTrackersAndTakeNoTime) {
  start_all();
  run(10ms);
  for (const char* text : {"one", "two"}) send(a, b, text);
  run(5ms);
  EXPECT_THAT(calls(b), ElementsAre("one @11000", "two @11000"));
}

TEST_F(WorldTest, AHostIsDownUntilItIsStarted) {
  EXPECT_EQ(world.state(a), HostState::down);
  EXPECT_EQ(world.node(a), nullptr);
  world.start(a, TrueTime(5ms));
  world.run_until(TrueTime(4ms));
  EXPECT_FALSE(world.up(a));
  world.run_until(TrueTime(5ms));
  EXPECT_TRUE(world.up(a));
  EXPECT_EQ(world.starts(a), 1u);
  EXPECT_THAT(calls(a), ElementsAre("start @5000"));
}

TEST_F(WorldTest, ADatagramBecomesAStepOfItsReceiver) {
  script(a).start = [&](Time, Outbox& out) {
    out.send(Channel::cluster, world.address(b, Channel::cluster), bytes_of("vote"));
    out.send(Channel::peers, world.address(c, Channel::peers), bytes_of("hello"));
  };
  std::vector<Arrival> arrivals;
  for (const HostId host : {b, c})
    script(host).receive = [&](Time, const Arrival& arrival, const std::string&, Outbox&) {
      arrivals.push_back(arrival);
    };
  start_all();
  run(10ms);
  EXPECT_THAT(calls(b), ElementsAre("vote @1000"));
  EXPECT_THAT(calls(c), ElementsAre("hello @1000"));
  ASSERT_EQ(arrivals.size(), 2u);
  EXPECT_EQ(arrivals[0].channel, Channel::cluster);
  EXPECT_EQ(arrivals[0].from, world.address(a, Channel::cluster));
  EXPECT_EQ(arrivals[1].channel, Channel::peers);
  EXPECT_EQ(arrivals[1].from, world.address(a, Channel::peers));
}

TEST_F(WorldTest, AGroupIsHeardOnTheChannelOfPeers) {
  const Endpoint group{0xef00'0001, peers_port};
  world.join(b, group);
  world.join(c, group);
  bool multicast = false;
  script(b).receive = [&](Time, const Arrival& arrival, const std::string&, Outbox&) {
    multicast = arrival.multicast && arrival.channel == Channel::peers;
  };
  script(a).start = [&](Time, Outbox& out) { out.send(Channel::peers, group, bytes_of("who")); };
  start_all();
  run(10ms);
  EXPECT_TRUE(multicast);
  EXPECT_THAT(calls(c), ElementsAre("who @1000"));
}

TEST_F(WorldTest, ACrashDestroysTheNodeAndWhatComesForIt) {
  script(a).start = [&](Time now, Outbox&) { script(a).next = now + 5ms; };
  start_all();
  send(b, a, "lost");
  world.crash(a);
  EXPECT_EQ(world.state(a), HostState::down);
  EXPECT_EQ(world.node(a), nullptr);
  run(20ms);
  EXPECT_THAT(calls(a), ElementsAre("end"));
  EXPECT_EQ(world.network().counters().to_dead_host, 1u);
}

TEST_F(WorldTest, StartingTwiceIsStartingOnce) {
  start_all();
  world.start(a);
  run(1ms);
  EXPECT_THAT(calls(a), IsEmpty());
  EXPECT_EQ(world.starts(a), 1u);
}

TEST_F(WorldTest, ANodeThatAsksForItsEndGetsItAfterItsLastWords) {
  Witness witness;
  world.observe(&witness);
  start_all();
  witness.seen.clear();
  EXPECT_TRUE(world.call(a, [&](Node&, Time, Outbox& out) {
    out.send(Channel::cluster, world.address(b, Channel::cluster), bytes_of("bye"));
    out.exit("stopped");
  }));
  EXPECT_FALSE(world.up(a));
  run(5ms);
  EXPECT_THAT(calls(b), ElementsAre("bye @1000"));
  EXPECT_THAT(witness.seen, ElementsAre("step of 0 @0 sends 1 writes 0", "exit of 0: stopped",
                                        "step of 1 @1000 sends 0 writes 0"));
  world.start(a);
  run(1ms);
  EXPECT_TRUE(world.up(a));
}

TEST_F(WorldTest, ASupervisorSpeaksForItsDeadProcess) {
  start_all();
  world.crash(a);
  send(a, b, "DEAD");
  run(5ms);
  EXPECT_THAT(calls(b), ElementsAre("DEAD @1000"));
}

TEST_F(WorldTest, CallbacksHappenInTheirOrderAmongTheEvents) {
  script(a).start = [&](Time now, Outbox&) { script(a).next = now + 2ms; };
  start_all();
  std::vector<std::string> order;
  script(a).wake = [&](Time, Outbox&) { order.push_back("wake"); };
  world.at(TrueTime(3ms), [&] { order.push_back("three"); });
  world.at(TrueTime(1ms), [&] {
    order.push_back("one");
    world.at(world.now(), [&] { order.push_back("one, after"); });
    world.at(TrueTime(0ms), [&] { order.push_back("not in the past"); });
  });
  run(10ms);
  EXPECT_THAT(order, ElementsAre("one", "one, after", "not in the past", "wake", "three"));
  EXPECT_EQ(world.now(), TrueTime(10ms));
}

TEST_F(WorldTest, StopEndsARunWhereItStands) {
  world.at(TrueTime(2ms), [&] { world.stop(); });
  world.at(TrueTime(2ms), [&] { FAIL(); });
  world.run_until(TrueTime(10ms));
  EXPECT_EQ(world.now(), TrueTime(2ms));
}

TEST_F(WorldTest, AFailedAssertionNamesHostAndTime) {
  script(b).receive = [](Time, const Arrival&, const std::string&, Outbox&) {
    SWARM_ASSERT(1 + 1 == 3, "arithmetic holds");
  };
  start_all();
  run(1500ms);
  send(a, b, "?");
  try {
    run(5ms);
    FAIL();
  } catch (const SimulationFailed& failure) {
    EXPECT_EQ(failure.host, b);
    EXPECT_EQ(failure.time, TrueTime(1501ms));
    EXPECT_THAT(failure.what(), HasSubstr("t2 at 1.501000000 s: "));
    EXPECT_THAT(failure.what(), HasSubstr("arithmetic holds"));
  }
}

TEST_F(WorldTest, TheWorldIsNotChangedWithinAStep) {
  script(a).start = [&](Time, Outbox&) { world.crash(b); };
  world.start(a);
  EXPECT_THROW(run(1ms), SimulationFailed);
}

}  // namespace
}  // namespace swarm::sim::scripted
