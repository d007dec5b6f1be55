// A fixture with a network of hosts without nodes. It notes which datagrams each host receives.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "transport/sim/world/network.hpp"

namespace swarm::sim::network_room {

inline constexpr std::uint16_t cluster_port = 7000;
inline constexpr std::uint16_t peers_port = 6969;
inline constexpr Endpoint group{0xef00'0001, peers_port};

// A model with constant latency, no loss and no limits. Each test adds the effect that it tests.
inline NetworkModel plain() {
  NetworkModel model;
  model.latency = {1ms, 1ms, std::nullopt};
  model.bandwidth = 0;
  return model;
}
inline Range<Ppm> always() {
  return {1'000'000, 1'000'000};
}

struct Heard {
  TrueTime at;
  std::string text;
  Arrival arrival;
};

// Has hosts 0, 1, 2, ... at 10.0.0.1, 10.0.0.2, ... and the event queue of the network.
class NetworkTest : public testing::Test {
 protected:
  void use(const NetworkModel& model, std::uint32_t hosts = 4, std::uint64_t seed = 1) {
    network = std::make_unique<Network>(seed, model, queue);
    for (std::uint32_t i = 0; i < hosts; ++i) network->add_host(ip(i), cluster_port, peers_port);
  }
  static std::uint32_t ip(std::uint32_t host) { return 0x0a00'0001 + host; }
  static Endpoint peers(std::uint32_t host) { return {ip(host), peers_port}; }
  static Endpoint cluster(std::uint32_t host) { return {ip(host), cluster_port}; }
  void send(std::uint32_t from, const Endpoint& to, const std::string& text = "hello") {
    const Bytes bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    network->send(HostId{from}, Channel::peers, to, bytes, now);
  }
  // Runs until all datagrams have arrived.
  std::map<std::uint32_t, std::vector<Heard>> run() {
    std::map<std::uint32_t, std::vector<Heard>> heard;
    while (!queue.empty()) {
      const QueuedEvent event = queue.pop();
      now = event.at;
      if (event.kind() == EventKind::arrival &&
          !network->arrive(HostId{event.host}, event.reference, now))
        continue;
      const auto& header = network->pool().header(event.reference);
      const Bytes bytes = network->pool().bytes(event.reference);
      heard[event.host].push_back({now,
                                   std::string(bytes.begin(), bytes.end()),
                                   {header.channel, header.from, header.multicast}});
      network->pool().drop(event.reference);
    }
    return heard;
  }
  const NetworkCounters& counters() const { return network->counters(); }

  EventQueue queue;
  std::unique_ptr<Network> network;
  TrueTime now{};
};

}  // namespace swarm::sim::network_room
