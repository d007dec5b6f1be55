// The simulated world as a whole: equal seeds give equal runs; what an idle host takes.
#include "transport/sim/world/world.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "tests/engine/base/words.hpp"
#include "tests/sim/world/memory_store.hpp"
#include "tests/sim/world/scripted_world.hpp"

namespace swarm::sim::scripted {
namespace {

using test::ballot_write;
using test::log_write;

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
  swarm::test::Words random_;
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
}  // namespace swarm::sim::scripted
