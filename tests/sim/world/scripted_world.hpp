// A world of hosts whose nodes call the functions of a test.
#pragma once

#include <gtest/gtest.h>

#include <map>

#include "tests/sim/world/memory_store.hpp"
#include "transport/sim/world/world.hpp"

namespace swarm::sim::scripted {

inline constexpr std::uint16_t cluster_port = 7000;
inline constexpr std::uint16_t peers_port = 6969;

inline NetworkModel plain() {
  NetworkModel model;
  model.latency = {1ms, 1ms, std::nullopt};
  model.bandwidth = 0;
  return model;
}

inline Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The functions that a node calls, which a test sets, and the calls of the node, which a test
// reads.
struct Script {
  std::function<void(Time, Outbox&)> start, wake;
  std::function<void(Time, const Arrival&, const std::string&, Outbox&)> receive;
  std::function<void(Time, Ticket, Outbox&)> persisted;
  Time next = never;
  std::vector<std::string> calls;  // each has a verb and the local time in microseconds
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

  Scripts scripts;  // must outlive the nodes
  test::MemoryStore store;
  World world;
  const HostId a{0}, b{1}, c{2};
};

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

}  // namespace swarm::sim::scripted
