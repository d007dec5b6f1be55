// The simulated world: timers, clocks of hosts, pauses.
#include "transport/sim/world/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/world/scripted_world.hpp"

namespace swarm::sim::scripted {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(WorldTest, ATimerFiresWhenItIsDueAndOnlyThen) {
  script(a).start = [&](Time now, Outbox&) { script(a).next = now + 7ms; };
  start_all();
  run(20ms);
  EXPECT_THAT(calls(a), ElementsAre("wake @7000"));
}

TEST_F(WorldTest, ATimerPutOffFiresOnceAtItsLastTime) {
  script(a).start = [&](Time now, Outbox&) { script(a).next = now + 5ms; };
  script(a).receive = [&](Time now, const Arrival&, const std::string&, Outbox&) {
    script(a).next = now + 5ms;
  };
  start_all();
  for (int i = 0; i < 10; ++i) {
    send(b, a, "ka");
    run(1ms);
  }
  calls(a).clear();
  run(20ms);
  EXPECT_THAT(calls(a), ElementsAre("wake @15000"));
}

TEST_F(WorldTest, ATimerBroughtForwardFiresOnceAtTheEarlierTime) {
  script(a).start = [&](Time now, Outbox&) { script(a).next = now + 50ms; };
  script(a).receive = [&](Time now, const Arrival&, const std::string&, Outbox&) {
    script(a).next = now + 2ms;
  };
  start_all();
  send(b, a, "now");
  run(100ms);
  EXPECT_THAT(calls(a), ElementsAre("now @1000", "wake @3000"));
}

TEST_F(WorldTest, ATimerThatIsClearedNeverFires) {
  script(a).start = [&](Time now, Outbox&) { script(a).next = now + 5ms; };
  script(a).receive = [&](Time, const Arrival&, const std::string&, Outbox&) {
    script(a).next = never;
  };
  start_all();
  send(b, a, "done");
  run(20ms);
  EXPECT_THAT(calls(a), ElementsAre("done @1000"));
}

TEST(HostClock, IsExactMonotonicAndInvertible) {
  for (const std::int32_t drift : {0, 1, -1, 200, -200, 999'999, -999'999, 50'000'000})
    for (const Duration offset : {Duration(0), Duration(3h), Duration(-5s)}) {
      const HostClock clock{offset, drift};
      Time before = clock.local(TrueTime{});
      EXPECT_EQ(before, Time(offset));
      for (std::int64_t t = 0; t < 2000; ++t) {
        const TrueTime now(Duration(t * 999'999'937 + t % 3));
        const Time local = clock.local(now);
        EXPECT_GE(local, before);
        before = local;
        const TrueTime first = clock.first_at(local + 1ns);
        EXPECT_GT(first, now);
        EXPECT_GE(clock.local(first), local + 1ns);
        EXPECT_LT(clock.local(first - 1ns), local + 1ns);
      }
    }
}

TEST(HostClock, DriftIsPartsPerMillion) {
  EXPECT_EQ((HostClock{10ms, 100}.local(TrueTime(100s))), Time(100s + 10ms + 10ms));
  EXPECT_EQ((HostClock{0s, -100}.local(TrueTime(100s))), Time(100s - 10ms));
  EXPECT_EQ((HostClock{0s, 100}.first_at(never)), end_of_time);
}

TEST_F(WorldTest, AHostSeesItsOwnClockAndNeverWakesEarly) {
  const HostId fast = add({1s, 100'000});
  const HostId slow = add({-100ms, -100'000});
  for (const HostId host : {fast, slow})
    script(host).start = [&, host](Time now, Outbox&) { script(host).next = now + 90ms; };
  start_all();
  EXPECT_EQ(world.local(fast), Time(1s));
  run(81'818'181ns);
  EXPECT_THAT(calls(fast), IsEmpty());
  run(1ns);
  EXPECT_THAT(calls(fast), ElementsAre("wake @1090000"));
  run(18ms);
  EXPECT_THAT(calls(slow), IsEmpty());
  run(1ms);
  EXPECT_THAT(calls(slow), ElementsAre("wake @-10000"));
  EXPECT_EQ(world.true_time(slow, Time(-10ms)), TrueTime(100ms));
}

TEST_F(WorldTest, ATimerOfTheLastLifeIsVoid) {
  script(a).start = [&](Time now, Outbox&) { script(a).next = now + 5ms; };
  start_all();
  run(2ms);
  world.restart(a);
  run(20ms);
  EXPECT_THAT(calls(a), ElementsAre("end", "start @2000", "wake @7000"));
  EXPECT_EQ(world.starts(a), 2u);
}

TEST_F(WorldTest, APausedHostDoesNothingUntilItResumesAndThenAllAtOnce) {
  script(a).start = [&](Time now, Outbox&) { script(a).next = now + 5ms; };
  start_all();
  world.pause(a);
  send(b, a, "first");
  run(3ms);
  send(b, a, "second");
  run(7ms);
  EXPECT_THAT(calls(a), IsEmpty());
  EXPECT_FALSE(world.call(a, [](Node&, Time, Outbox&) { FAIL(); }));
  world.resume(a);
  run(1ms);
  using testing::AnyOf;
  EXPECT_THAT(calls(a), AnyOf(ElementsAre("wake @10000", "first @10000", "second @10000"),
                              ElementsAre("first @10000", "second @10000", "wake @10000")));
}

TEST_F(WorldTest, WhetherTheTimerOrTheSocketComesFirstAfterAPauseIsDrawn) {
  int timer_first = 0;
  script(a).start = [&](Time now, Outbox&) { script(a).next = now + 5ms; };
  start_all();
  for (int i = 0; i < 64; ++i) {
    world.pause(a);
    send(b, a, "ka");
    run(10ms);
    world.resume(a);
    run(1ms);
    ASSERT_EQ(calls(a).size(), 2u);
    timer_first += calls(a)[0].starts_with("wake");
    calls(a).clear();
    world.call(a, [&](Node&, Time now, Outbox&) { script(a).next = now + 5ms; });
  }
  EXPECT_GT(timer_first, 16);
  EXPECT_LT(timer_first, 48);
}

TEST_F(WorldTest, ATimerDueAfterThePauseIsNotLate) {
  script(a).start = [&](Time now, Outbox&) { script(a).next = now + 5ms; };
  start_all();
  world.pause(a);
  run(2ms);
  world.resume(a);
  run(10ms);
  EXPECT_THAT(calls(a), ElementsAre("wake @5000"));
}

// As a real host does: what waits of the others comes first, in one step, before peers and timers.
TEST_F(WorldTest, AFrozenClockShowsAfterwardsWhatItDidAndTheOthersAreHeardFirst) {
  script(a).start = [&](Time now, Outbox&) { script(a).next = now + 5ms; };
  start_all();
  run(1ms);
  world.pause(a, true);
  Outbox from_peer;
  from_peer.send(Channel::peers, world.address(a, Channel::peers), bytes_of("peer"));
  world.inject(c, from_peer);
  run(2ms);
  send(b, a, "first");
  send(b, a, "second");
  run(50ms);
  EXPECT_THAT(calls(a), IsEmpty());
  world.resume(a);
  EXPECT_THAT(calls(a), ElementsAre("first @1000", "second @1000"));
  run(3ms);
  EXPECT_THAT(calls(a), ElementsAre("first @1000", "second @1000", "peer @1000"));
  run(2ms);
  EXPECT_EQ(calls(a).back(), "wake @5000");
}

TEST_F(WorldTest, AClockThatLeapsForwardMakesTimersLateAndOneThatGoesBackIsTold) {
  script(a).start = [&](Time now, Outbox&) { script(a).next = now + 5ms; };
  start_all();
  run(1ms);
  world.step_clock(a, 20ms);
  run(0ms);
  EXPECT_THAT(calls(a), ElementsAre("wake @21000"));
  world.step_clock(a, -1h);
  send(b, a, "ka");
  run(2ms);
  EXPECT_THAT(calls(a), ElementsAre("wake @21000", "back @21000", "ka @22000"));
}

TEST_F(WorldTest, TheSocketOfAPausedHostIsBounded) {
  start_all();
  world.pause(a);
  const std::string large(60'000, 'x');
  for (int i = 0; i < 100; ++i) send(b, a, large);
  run(5ms);
  const auto& counters = world.network().counters();
  EXPECT_EQ(counters.buffer_overflow, 100 - SocketBuffer::most / large.size());
  world.resume(a);
  run(5ms);
  EXPECT_EQ(calls(a).size(), SocketBuffer::most / large.size());
}

TEST_F(WorldTest, ACrashInAPauseLosesTheSocket) {
  start_all();
  world.pause(a);
  send(b, a, "ka");
  run(5ms);
  world.restart(a);
  run(5ms);
  EXPECT_THAT(calls(a), ElementsAre("end", "start @5000"));
  EXPECT_EQ(world.network().counters().to_dead_host, 1u);
}

}  // namespace
}  // namespace swarm::sim::scripted
