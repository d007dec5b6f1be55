// What a simulated swarm costs with its engines in it: 5 trackers, peers that announce every 5 s.
//
//   Swarm/200    datagrams per CPU second of a small swarm, all of it: start, arrivals, refreshes
//
//   PerEvent/N   CPU time per event with N peers, once all have arrived: flat is the aim
#include <benchmark/benchmark.h>

#include "transport/sim/actors/announcing_crowd.hpp"
#include "transport/sim/actors/cluster.hpp"
#include "transport/sim/director/director.hpp"

namespace swarm::sim {
namespace {

Scenario scenario_with(std::uint32_t peers) {
  Scenario scenario;
  scenario.duration = 1h;
  scenario.swarm.trackers = scenario.tracker.bootstrap_expect = 5;
  scenario.swarm.peers = peers;
  scenario.swarm.contents = std::max(1U, peers / 50);
  scenario.swarm.arrive_within = 5s;
  scenario.tracker.announce_interval = 5s;
  return scenario;
}

// A swarm without faults and checkers.
struct Idle {
  explicit Idle(std::uint32_t peers)
      : scenario(scenario_with(peers)),
        world(1, scenario.network, scenario.disk),
        cluster(scenario, 1, world),
        crowd(scenario, 1, world) {
    cluster.start_all();
    crowd.schedule();
  }
  Scenario scenario;
  World world;
  Cluster cluster;
  AnnouncingCrowd crowd;
};

void count(benchmark::State& state, std::uint64_t datagrams, std::uint64_t events) {
  using benchmark::Counter;
  state.counters["datagrams/s"] = Counter(static_cast<double>(datagrams), Counter::kIsRate);
  state.counters["events/s"] = Counter(static_cast<double>(events), Counter::kIsRate);
  state.counters["s/event"] =
      Counter(static_cast<double>(events), Counter::kIsRate | Counter::kInvert);
}

void swarm(benchmark::State& state) {
  std::uint64_t datagrams = 0, events = 0;
  for (auto _ : state) {
    Idle idle(static_cast<std::uint32_t>(state.range(0)));
    idle.world.run_until(TrueTime(30s));
    datagrams += idle.world.network().counters().delivered;
    events += idle.world.events_executed();
  }
  count(state, datagrams, events);
}
BENCHMARK(swarm)->Name("Swarm")->Arg(200)->Unit(benchmark::kMillisecond);

void per_event(benchmark::State& state) {
  Idle idle(static_cast<std::uint32_t>(state.range(0)));
  idle.world.run_until(TrueTime(12s));  // all have arrived and announced again
  const auto& delivered = idle.world.network().counters().delivered;
  const std::uint64_t datagrams = delivered, events = idle.world.events_executed();
  for (auto _ : state) idle.world.run_until(idle.world.now() + 100ms);
  count(state, delivered - datagrams, idle.world.events_executed() - events);
}
BENCHMARK(per_event)
    ->Name("PerEvent")
    ->Arg(100)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace swarm::sim

BENCHMARK_MAIN();
