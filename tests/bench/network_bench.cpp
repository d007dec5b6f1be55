// How fast the bare simulator is: events through a queue, and datagrams between trivial hosts that
// ping and acknowledge. Items are events, or datagrams given to a node, per second of CPU time.
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "transport/sim/world/world.hpp"

namespace {

using namespace swarm;
using namespace swarm::sim;

// The classic "hold": take the first event, put another one a while later.
template <class Queue>
void hold(benchmark::State& state) {
  Queue queue;
  const auto pending = static_cast<std::uint32_t>(state.range(0));
  std::uint64_t word = 1;
  const auto delay = [&] { return Duration((word = mix(word)) & ((1 << 18) - 1)); };
  for (std::uint32_t i = 0; i < pending; ++i)
    queue.push(TrueTime(delay()), EventKind::arrival, i, 0);
  for (auto _ : state) {
    const QueuedEvent event = queue.pop();
    queue.push(event.at + delay(), EventKind::arrival, event.host, 0);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hold<HeapQueue>)->RangeMultiplier(10)->Range(10, 1'000'000);
BENCHMARK(hold<RingQueue>)->RangeMultiplier(10)->Range(10, 1'000'000);

constexpr std::uint16_t port = 6969;
std::uint32_t ip_of(std::uint32_t host) {
  return 0x0a00'0001 + host;
}

// Sends a ping when it is acknowledged; answers pings. `idle`: only listens.
class Pinger final : public Node {
 public:
  Pinger(Endpoint other, std::uint32_t pings) : other_(other), pings_(pings) {}
  void start(Time, Outbox& out) override {
    for (std::uint32_t i = 0; i < pings_; ++i) ping(out);
  }
  void receive(Time, const Arrival& arrival, Bytes datagram, Outbox& out) override {
    if (datagram[0] == 0) {
      acknowledgement_[1] = datagram[1];
      out.send(Channel::cluster, arrival.from, acknowledgement_);
    } else {
      ping(out);
    }
  }
  void wake(Time, Outbox&) override {}
  Time next_wake() const override { return never; }
  void persisted(Time, Ticket, Outbox&) override {}

 private:
  void ping(Outbox& out) {
    ++ping_[1];
    out.send(Channel::cluster, other_, ping_);
  }
  Endpoint other_;
  std::uint32_t pings_;
  std::array<std::uint8_t, 74> ping_{};              // as long as the seed's announce
  std::array<std::uint8_t, 46> acknowledgement_{1};  // and an answer with five peers
};

struct Pingers final : Boot {
  std::uint32_t hosts{}, pings{};
  std::unique_ptr<Node> boot(HostId host, std::uint32_t) override {
    return std::make_unique<Pinger>(Endpoint{ip_of((host.value + 1) % hosts), port}, pings);
  }
};

// Hosts in a ring, each with `pings` pings under way to its neighbour.
void ping_and_acknowledge(benchmark::State& state, const NetworkModel& model) {
  Pingers boot;
  boot.hosts = static_cast<std::uint32_t>(state.range(0));
  boot.pings = 1;
  World world(1, model);
  for (std::uint32_t i = 0; i < boot.hosts; ++i)
    world.start(world.add_host({.ip = ip_of(i), .cluster_port = port, .boot = &boot}));
  world.run_until(TrueTime(10ms));
  const auto before = world.network().counters().delivered;
  for (auto _ : state)
    for (int i = 0; i < 1000; ++i) world.step();
  state.SetItemsProcessed(static_cast<std::int64_t>(world.network().counters().delivered - before));
  state.counters["bytes/host"] =
      static_cast<double>(world.memory()) / static_cast<double>(boot.hosts);
}
void clean_network(benchmark::State& state) {
  ping_and_acknowledge(state, {});
}
BENCHMARK(clean_network)->Arg(2)->RangeMultiplier(10)->Range(10, 100'000);

void faulty_network(benchmark::State& state) {
  NetworkModel model;
  model.latency = {100us, 3ms, 300us};  // nothing is lost: that would end an exchange
  model.corrupt = {20'000, 20'000};
  model.reorder = {20'000, 20'000};
  ping_and_acknowledge(state, model);
}
BENCHMARK(faulty_network)->Arg(2)->RangeMultiplier(10)->Range(10, 1000);

// What a peer does to five trackers: one multicast in, one answer out; `range` peers, each once
// per simulated second. Items are datagrams.
class Announcer final : public Node {
 public:
  explicit Announcer(Duration first) : next_(Time(first)) {}
  void start(Time now, Outbox&) override { next_ += now.time_since_epoch(); }
  void receive(Time, const Arrival&, Bytes, Outbox&) override {}
  void wake(Time now, Outbox& out) override {
    if (now < next_) return;
    next_ = now + 1s;
    out.send(Channel::peers, group, std::array<std::uint8_t, 74>{});
  }
  Time next_wake() const override { return next_; }
  void persisted(Time, Ticket, Outbox&) override {}
  static constexpr Endpoint group{0xef00'0001, port};

 private:
  Time next_{};
};
class Answerer final : public Node {
 public:
  explicit Answerer(bool answers) : answers_(answers) {}
  void start(Time, Outbox&) override {}
  void receive(Time, const Arrival& arrival, Bytes, Outbox& out) override {
    if (answers_) out.send(Channel::peers, arrival.from, std::array<std::uint8_t, 46>{});
  }
  void wake(Time, Outbox&) override {}
  Time next_wake() const override { return never; }
  void persisted(Time, Ticket, Outbox&) override {}

 private:
  bool answers_;
};
struct Announcers final : Boot {
  static constexpr std::uint32_t trackers = 5;
  std::uint32_t peers{};
  std::unique_ptr<Node> boot(HostId host, std::uint32_t) override {
    if (host.value < trackers) return std::make_unique<Answerer>(host.value == 0);
    const auto part = std::int64_t{1'000'000'000} / peers;
    return std::make_unique<Announcer>(Duration(part * (host.value - trackers)));
  }
};
void announce_by_multicast(benchmark::State& state) {
  Announcers boot;
  boot.peers = static_cast<std::uint32_t>(state.range(0));
  World world(1, NetworkModel{});
  for (std::uint32_t i = 0; i < boot.peers + boot.trackers; ++i) {
    const HostId host = world.add_host({.ip = ip_of(i), .peers_port = port, .boot = &boot});
    if (i < boot.trackers) world.join(host, Announcer::group);
    world.start(host);
  }
  world.run_until(TrueTime(1500ms));
  const auto before = world.network().counters().delivered;
  for (auto _ : state)
    for (int i = 0; i < 1000; ++i) world.step();
  state.SetItemsProcessed(static_cast<std::int64_t>(world.network().counters().delivered - before));
  state.counters["bytes/host"] =
      static_cast<double>(world.memory()) / static_cast<double>(world.hosts());
}
BENCHMARK(announce_by_multicast)->RangeMultiplier(10)->Range(100, 100'000);

}  // namespace

BENCHMARK_MAIN();
