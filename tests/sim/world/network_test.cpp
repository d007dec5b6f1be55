// The simulated network: addresses, latency, multicast, the queues of network cards.
#include "transport/sim/world/network.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/sim/world/network_room.hpp"

namespace swarm::sim::network_room {
namespace {

TEST_F(NetworkTest, ADatagramArrivesWholeAfterItsLatency) {
  use(plain());
  send(0, cluster(1), "prepare");
  const auto heard = run().at(1);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].text, "prepare");
  EXPECT_EQ(heard[0].at, TrueTime(1ms));
  EXPECT_EQ(heard[0].arrival.channel, Channel::cluster);
  EXPECT_EQ(heard[0].arrival.from, peers(0));
  EXPECT_FALSE(heard[0].arrival.multicast);
}

TEST_F(NetworkTest, AnyLengthThatUdpAllowsArrives) {
  use(plain());
  for (const std::size_t size : {0, 1, 88, 89, 200, 474, 475, 1200, 1500, 65'507}) {
    send(0, peers(1), std::string(size, 'x'));
    EXPECT_EQ(run().at(1).at(0).text.size(), size);
  }
}

TEST_F(NetworkTest, NobodyHasTheAddressOrListensOnThePort) {
  use(plain());
  send(0, {0x01020304, peers_port});
  send(0, {group.ip, 1});
  send(0, {ip(1), 1});
  EXPECT_TRUE(run().empty());
  EXPECT_EQ(counters().no_route, 2u);
  EXPECT_EQ(counters().no_listener, 1u);
}

TEST_F(NetworkTest, HostsAreFoundWhereverTheirAddressesLie) {
  use(plain(), 0);
  std::vector<std::uint32_t> addresses;
  for (std::uint32_t i = 0; i < 50; ++i) addresses.push_back(0x0a00'0001 + i);
  for (std::uint32_t i = 0; i < 70; ++i) addresses.push_back(0x0b00'0001 + i);
  for (std::uint32_t i = 0; i < 50; ++i) addresses.push_back(0x0c00'0001 + i * 65'537);
  for (const auto address : addresses) network->add_host(address, cluster_port, peers_port);
  for (std::uint32_t i = 0; i < addresses.size(); ++i) {
    EXPECT_EQ(network->find(addresses[i]), HostId{i});
    EXPECT_EQ(network->address(HostId{i}, Channel::cluster),
              (Endpoint{addresses[i], cluster_port}));
  }
  EXPECT_FALSE(network->find(0x0b00'0000));
  EXPECT_FALSE(network->find(0x0b00'0001 + 70));
}

TEST_F(NetworkTest, OwnAddressIsHeardWithoutFault) {
  auto model = plain();
  model.loss = always();
  use(model);
  network->isolate(HostId{0});
  send(0, peers(0));
  EXPECT_EQ(run().at(0).size(), 1u);
}

TEST_F(NetworkTest, AMulticastReachesEveryMemberButItsSender) {
  use(plain());
  for (const std::uint32_t member : {0u, 1u, 2u}) network->join(HostId{member}, group);
  network->join(HostId{1}, group);  // twice is once
  send(3, group);
  auto heard = run();
  EXPECT_EQ(heard.size(), 3u);
  EXPECT_EQ(heard.at(1).size(), 1u);
  EXPECT_TRUE(heard.at(1)[0].arrival.multicast);
  EXPECT_EQ(heard.at(1)[0].arrival.channel, Channel::peers);
  send(0, group);
  heard = run();
  EXPECT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard.count(0), 0u);
  EXPECT_EQ(counters().sent, 5u);
}

// 934 bytes and 66 of frames at 8 Mbit/s: a millisecond each.
TEST_F(NetworkTest, ASendersNicIsAQueueThatOverflows) {
  auto model = plain();
  model.bandwidth = 8'000'000;
  model.queue = 10ms;
  use(model);
  for (int i = 0; i < 20; ++i)
    send(0, peers(static_cast<std::uint32_t>(1 + i % 2)), std::string(934, 'x'));
  const auto heard = run();
  EXPECT_EQ(counters().sender_overflow, 9u);  // one in the wire, ten milliseconds of queue
  EXPECT_EQ(heard.at(1).size() + heard.at(2).size(), 11u);
  EXPECT_EQ(heard.at(1)[0].at, TrueTime(2ms));
  EXPECT_EQ(heard.at(2)[0].at, TrueTime(3ms));
  EXPECT_EQ(heard.at(1)[1].at, TrueTime(4ms));
}

TEST_F(NetworkTest, AReceiversNicIsAQueueThatOverflows) {
  auto model = plain();
  model.bandwidth = 8'000'000;
  model.queue = 10ms;
  use(model, 21);
  for (std::uint32_t i = 1; i <= 20; ++i) send(i, peers(0), std::string(934, 'x'));
  const auto heard = run().at(0);
  EXPECT_EQ(heard.size(), 11u);
  EXPECT_EQ(counters().receiver_overflow, 9u);
  for (std::size_t i = 0; i < heard.size(); ++i)
    EXPECT_EQ(heard[i].at, TrueTime(2ms + static_cast<int>(i) * 1ms));
}

TEST_F(NetworkTest, AMulticastTakesItsSendersNicOnce) {
  auto model = plain();
  model.bandwidth = 8'000'000;
  use(model);
  for (const std::uint32_t member : {0u, 1u, 2u}) network->join(HostId{member}, group);
  send(3, group, std::string(934, 'x'));
  for (const auto& [host, heard] : run()) EXPECT_EQ(heard.at(0).at, TrueTime(2ms));
}

TEST_F(NetworkTest, TheModelMayChangeInMidRun) {
  use(plain());
  auto model = plain();
  model.loss = always();
  network->set_model(model);
  send(0, peers(1));
  network->set_model(plain());
  send(0, peers(1));
  EXPECT_EQ(run().at(1).size(), 1u);
}

TEST_F(NetworkTest, DatagramsGiveTheirMemoryBack) {
  use(plain());
  for (int i = 0; i < 1000; ++i) send(0, peers(1), std::string(100, 'x'));
  run();
  const std::size_t before = network->memory();
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 1000; ++i) send(0, peers(1), std::string(100, 'x'));
    run();
  }
  EXPECT_EQ(network->memory(), before);
}

}  // namespace
}  // namespace swarm::sim::network_room
