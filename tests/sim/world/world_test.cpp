#include "transport/sim/world/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "tests/sim/world/memory_store.hpp"

namespace swarm::sim {
namespace {

using test::ballot_write;
using test::Groups;
using test::log_write;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint16_t cluster_port = 7000;
constexpr std::uint16_t peers_port = 6969;

NetworkModel plain() {
  NetworkModel model;
  model.latency = {1ms, 1ms, std::nullopt};
  model.bandwidth = 0;
  return model;
}

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// What its node does, and what was done to it, is a test's to say and to read.
struct Script {
  std::function<void(Time, Outbox&)> start, wake;
  std::function<void(Time, const Arrival&, const std::string&, Outbox&)> receive;
  std::function<void(Time, Ticket, Outbox&)> persisted;
  Time next = never;
  std::vector<std::string> calls;  // verb and local microseconds
};

class ScriptedNode final : public Node {
 public:
  explicit ScriptedNode(Script& script) : script_(script) {}
  ~ScriptedNode() override { script_.calls.push_back("end"); }
  void start(Time now, Outbox& out) override {
    note("start", now);
    if (script_.start) script_.start(now, out);
  }
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override {
    const std::string text(datagram.begin(), datagram.end());
    note(text, now);
    if (script_.receive) script_.receive(now, arrival, text, out);
  }
  void wake(Time now, Outbox& out) override {
    EXPECT_GE(now, script_.next);
    script_.next = never;
    note("wake", now);
    if (script_.wake) script_.wake(now, out);
  }
  Time next_wake() const override { return script_.next; }
  void clock_went_back(Time now, Duration, Outbox&) override { note("back", now); }
  void persisted(Time now, Ticket ticket, Outbox& out) override {
    note((ticket.disk == Disk::log ? "log " : "ballot ") + std::to_string(ticket.number), now);
    if (script_.persisted) script_.persisted(now, ticket, out);
  }

 private:
  void note(const std::string& what, Time now) {
    script_.calls.push_back(what + " @" + std::to_string(now.time_since_epoch() / 1us));
  }
  Script& script_;
};

struct Scripts final : Boot {
  std::map<HostId, Script> of;
  std::unique_ptr<Node> boot(HostId host, std::uint32_t) override {
    return std::make_unique<ScriptedNode>(of[host]);
  }
  std::string name(HostId host) const override { return "t" + std::to_string(host.value + 1); }
};

struct WorldTest : testing::Test {
  explicit WorldTest(const NetworkModel& network = plain(), const CpuModel& cpu = {})
      : world(1, network, {Delay{100us, 100us, std::nullopt}}, cpu) {
    for (int i = 0; i < 3; ++i) add({});
  }
  HostId add(HostClock clock) {
    const auto number = static_cast<std::uint32_t>(world.hosts());
    return world.add_host({.ip = 0x0a00'0001 + number,
                           .cluster_port = cluster_port,
                           .peers_port = peers_port,
                           .clock = clock,
                           .boot = &scripts});
  }
  Script& script(HostId host) { return scripts.of[host]; }
  std::vector<std::string>& calls(HostId host) { return script(host).calls; }
  void start_all() {
    for (std::uint32_t i = 0; i < world.hosts(); ++i) world.start(HostId{i});
    world.run_until(world.now());
    for (auto& [host, each] : scripts.of) each.calls.clear();
  }
  void run(Duration time) { world.run_until(world.now() + time); }
  void send(HostId from, HostId to, const std::string& text) {
    Outbox out;
    out.send(Channel::cluster, world.address(to, Channel::cluster), bytes_of(text));
    world.inject(from, out);
  }

  Scripts scripts;  // outlives the nodes
  test::MemoryStore store;
  World world;
  const HostId a{0}, b{1}, c{2};
};

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

TEST_F(WorldTest, ATimerOfTheLastLifeIsVoid) {
  script(a).start = [&](Time now, Outbox&) { script(a).next = now + 5ms; };
  start_all();
  run(2ms);
  world.restart(a);
  run(20ms);
  EXPECT_THAT(calls(a), ElementsAre("end", "start @2000", "wake @7000"));
  EXPECT_EQ(world.starts(a), 2u);
}

TEST_F(WorldTest, StartingTwiceIsStartingOnce) {
  start_all();
  world.start(a);
  run(1ms);
  EXPECT_THAT(calls(a), IsEmpty());
  EXPECT_EQ(world.starts(a), 1u);
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

struct WorldDiskTest : WorldTest {
  WorldDiskTest() {
    world.add_disk(a, store);
    start_all();
  }
  void write(std::uint64_t ticket) {
    world.call(a, [&](Node&, Time, Outbox& out) { out.persist(log_write(ticket)); });
  }
};

TEST_F(WorldDiskTest, ATicketIsReportedWhenItIsDurable) {
  write(1);
  run(99us);
  EXPECT_THAT(store.logs[0], IsEmpty());
  run(1us);
  EXPECT_THAT(store.logs[0], ElementsAre(ElementsAre(1)));
  EXPECT_THAT(calls(a), ElementsAre("log 1 @100"));
}

TEST_F(WorldDiskTest, TicketsOfASyncsTimeAreOneGroupAndOneReport) {
  write(1);
  run(50us);
  write(2);
  write(3);
  run(1ms);
  EXPECT_EQ(store.logs[0], (Groups{{1}, {2, 3}}));
  EXPECT_THAT(calls(a), ElementsAre("log 1 @100", "log 3 @200"));
}

TEST_F(WorldDiskTest, ACrashLosesEveryTicketThatWasNotReported) {
  write(1);
  run(100us);
  write(2);
  run(50us);
  write(3);
  run(49us);
  world.restart(a);
  run(1ms);
  EXPECT_EQ(store.logs[0], (Groups{{1}}));
  EXPECT_THAT(calls(a), ElementsAre("log 1 @100", "end", "start @199"));
  write(1);  // tickets count anew
  run(1ms);
  EXPECT_EQ(store.logs[0], (Groups{{1}, {1}}));
}

TEST_F(WorldDiskTest, AVotePassesALongSyncOfTheLog) {
  world.disk(a).set_sync(Delay{50ms, 50ms, std::nullopt});
  write(1);
  world.disk(a).set_sync(world.disk_model().sync);
  world.call(a, [&](Node&, Time, Outbox& out) { out.persist(ballot_write(1)); });
  run(1ms);
  EXPECT_THAT(calls(a), ElementsAre("ballot 1 @100"));
  run(50ms);
  EXPECT_EQ(calls(a).back(), "log 1 @50000");
}

TEST_F(WorldDiskTest, AHangingDiskCompletesNothingUntilItNoLongerHangs) {
  world.hang(a, true);
  write(1);
  run(1s);
  write(2);
  EXPECT_THAT(calls(a), IsEmpty());
  EXPECT_THAT(store.logs[0], IsEmpty());
  world.hang(a, false);
  run(1ms);
  EXPECT_EQ(store.logs[0], (Groups{{1}, {2}}));
  EXPECT_THAT(calls(a), ElementsAre("log 1 @1000000", "log 2 @1000100"));
}

TEST_F(WorldDiskTest, APausedHostsDiskStandsStillToo) {
  write(1);
  world.pause(a);
  run(5ms);
  EXPECT_THAT(store.logs[0], IsEmpty());
  world.resume(a);
  run(5ms);
  EXPECT_THAT(calls(a), ElementsAre("log 1 @5000"));
}

TEST_F(WorldDiskTest, AWipedDiskIsNewAtTheNextStart) {
  write(1);
  run(1ms);
  world.wipe(a);
  EXPECT_FALSE(world.up(a));
  world.start(a);
  run(1ms);
  write(1);
  run(1ms);
  EXPECT_EQ(store.logs[0], (Groups{{1}}));
  EXPECT_EQ(store.logs[1], (Groups{{1}}));
  EXPECT_EQ(world.disk(a).generation(), 1u);
}

struct Witness : Observer {
  std::vector<std::string> seen;
  void stepped(HostId host, Node&, const Outbox& out, TrueTime now) override {
    seen.push_back("step of " + std::to_string(host.value) + " @" +
                   std::to_string(now.time_since_epoch() / 1us) + " sends " +
                   std::to_string(out.datagrams()) + " writes " +
                   std::to_string(out.log_writes().size()));
  }
  void exited(HostId host, Node&, const std::string& reason, TrueTime) override {
    seen.push_back("exit of " + std::to_string(host.value) + ": " + reason);
  }
};

TEST_F(WorldDiskTest, AFailedWriteEndsTheNode) {
  Witness witness;
  world.observe(&witness);
  store.broken = true;
  write(1);
  run(1ms);
  EXPECT_FALSE(world.up(a));
  EXPECT_THAT(calls(a), ElementsAre("end"));
  EXPECT_THAT(witness.seen,
              ElementsAre("step of 0 @0 sends 0 writes 1", "exit of 0: the disk is full"));
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

// Hosts that answer, forward, set timers and write: enough of everything for a fingerprint.
class Busy final : public Node {
 public:
  Busy(World& world, HostId host) : world_(world), host_(host), random_(host.value) {}
  void start(Time now, Outbox& out) override { wake(now, out); }
  void receive(Time now, const Arrival&, Bytes datagram, Outbox& out) override {
    if (datagram.size() > 200 || random_.below(4) == 0) return;
    std::vector<std::uint8_t> longer(datagram.begin(), datagram.end());
    longer.push_back(static_cast<std::uint8_t>(random_.next()));
    const auto to = static_cast<std::uint32_t>(random_.below(world_.hosts()));
    out.send(Channel::cluster, world_.address(HostId{to}, Channel::cluster), longer);
    next_ = std::min(next_, now + random_.between(0ns, 3ms));
  }
  void wake(Time now, Outbox& out) override {
    next_ = now + random_.between(1us, 20ms);
    out.send(Channel::peers, group, std::array<std::uint8_t, 40>{});
    out.persist(log_write(++ticket_));
  }
  Time next_wake() const override { return next_; }
  void persisted(Time, Ticket ticket, Outbox& out) override {
    if (ticket.number % 5 == 0) out.persist(ballot_write(++ballot_));
  }
  static constexpr Endpoint group{0xef00'0001, peers_port};

 private:
  World& world_;
  HostId host_;
  Random random_;
  Time next_ = never;
  std::uint64_t ticket_ = 0, ballot_ = 0;
};

struct BusyWorld final : Boot {
  explicit BusyWorld(std::uint64_t seed) : world(seed, model()) {
    for (std::uint32_t i = 0; i < 6; ++i) {
      const HostClock clock{Duration(i * 1ms), static_cast<std::int32_t>(i) * 50 - 100};
      const HostId host = world.add_host({.ip = 0x0a00'0001 + i,
                                          .cluster_port = cluster_port,
                                          .peers_port = peers_port,
                                          .clock = clock,
                                          .boot = this});
      world.add_disk(host, store);
      world.join(host, Busy::group);
      world.start(host);
    }
    world.at(TrueTime(100ms), [this] { world.crash(HostId{0}); });
    world.at(TrueTime(150ms), [this] { world.pause(HostId{1}); });
    world.at(TrueTime(200ms), [this] { world.start(HostId{0}); });
    world.at(TrueTime(220ms), [this] { world.network().isolate(HostId{2}); });
    world.at(TrueTime(250ms), [this] { world.resume(HostId{1}); });
    world.at(TrueTime(260ms), [this] { world.network().heal(); });
  }
  static NetworkModel model() {
    NetworkModel model;
    model.latency = {100us, 5ms, 400us};
    model.loss = {0, 50'000};
    model.duplicate = model.corrupt = model.reorder = {10'000, 10'000};
    model.burst = 1000;
    model.bandwidth = 10'000'000;
    return model;
  }
  std::unique_ptr<Node> boot(HostId host, std::uint32_t) override {
    return std::make_unique<Busy>(world, host);
  }
  std::uint64_t run() {
    world.run_until(TrueTime(400ms));
    return world.fingerprint();
  }
  test::MemoryStore store;
  World world;
};

TEST(World, SameSeedSameFingerprint) {
  BusyWorld first(7), second(7), other(8);
  const std::uint64_t fingerprint = first.run();
  EXPECT_EQ(second.run(), fingerprint);
  EXPECT_EQ(second.world.network().counters(), first.world.network().counters());
  EXPECT_EQ(second.world.events_executed(), first.world.events_executed());
  EXPECT_NE(other.run(), fingerprint);
  const auto& seen = first.world.network().counters();
  for (const std::uint64_t count : {seen.delivered, seen.lost, seen.lost_in_burst, seen.duplicated,
                                    seen.corrupted, seen.reordered, seen.cut, seen.to_dead_host})
    EXPECT_GT(count, 0u);  // else equal fingerprints say little
}

TEST(World, InHowManyPartsItIsRunDoesNotMatter) {
  BusyWorld whole(7), parts(7);
  for (int i = 1; i < 40; ++i) parts.world.run_until(TrueTime(i * 10ms + 1ns));
  EXPECT_EQ(parts.run(), whole.run());
}

TEST(World, WorldsOnTwoThreadsAreIndependent) {
  const std::uint64_t expected = BusyWorld(7).run();
  std::uint64_t first = 0, second = 0;
  std::thread one([&] { first = BusyWorld(7).run(); });
  std::thread two([&] { second = BusyWorld(8).run(); });
  one.join();
  two.join();
  EXPECT_EQ(first, expected);
  EXPECT_NE(second, expected);
}

// The same in every build: debug, release, sanitizers. It changes when the world's rules do.
TEST(World, GoldenFingerprint) {
  EXPECT_EQ(BusyWorld(7).run(), 7776367231681284647u);
}

TEST(World, AnIdleHostIsSmall) {
  class Idle final : public Node {
    void start(Time, Outbox&) override {}
    void receive(Time, const Arrival&, Bytes, Outbox&) override {}
    void wake(Time, Outbox&) override {}
    Time next_wake() const override { return never; }
    void persisted(Time, Ticket, Outbox&) override {}
  };
  struct Idles final : Boot {
    std::unique_ptr<Node> boot(HostId, std::uint32_t) override { return std::make_unique<Idle>(); }
  } idles;
  constexpr std::uint32_t hosts = 100'000;
  World world(1, NetworkModel{});
  const std::size_t empty = world.memory();
  world.reserve(hosts);
  for (std::uint32_t i = 0; i < hosts; ++i)
    world.add_host({.ip = 0x0a00'0001 + i, .peers_port = peers_port, .boot = &idles});
  EXPECT_LE((world.memory() - empty) / hosts, 140u);
  for (std::uint32_t i = 0; i < hosts; ++i) world.start(HostId{i}, TrueTime(i * 10us));
  world.run_until(TrueTime(1s));
  const std::uint64_t events = world.events_executed();
  world.run_until(TrueTime(1000s));
  EXPECT_EQ(world.events_executed(), events);  // nothing is spent on the idle
}

}  // namespace
}  // namespace swarm::sim
