// The simulated network: cuts, partitions, isolation, and their healing.
#include "transport/sim/world/network.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/sim/world/network_room.hpp"

namespace swarm::sim::network_room {
namespace {

TEST_F(NetworkTest, ACutIsOneWay) {
  use(plain());
  network->cut(HostId{0}, HostId{1});
  EXPECT_FALSE(network->hears(HostId{1}, HostId{0}));
  EXPECT_TRUE(network->hears(HostId{0}, HostId{1}));
  send(0, peers(1));
  send(0, peers(2));
  send(1, peers(0));
  const auto heard = run();
  EXPECT_EQ(heard.count(1), 0u);
  EXPECT_EQ(heard.at(2).size(), 1u);
  EXPECT_EQ(heard.at(0).size(), 1u);
  EXPECT_EQ(counters().cut, 1u);
}

TEST_F(NetworkTest, HealingOneCutLeavesTheOthers) {
  use(plain());
  const HostId from[] = {HostId{0}};
  const HostId to[] = {HostId{1}, HostId{2}};
  network->cut(from, to);
  network->heal(HostId{0}, HostId{1});
  EXPECT_TRUE(network->hears(HostId{1}, HostId{0}));
  EXPECT_FALSE(network->hears(HostId{2}, HostId{0}));
  network->heal(from, to);
  EXPECT_TRUE(network->hears(HostId{2}, HostId{0}));
}

TEST_F(NetworkTest, APartitionSplitsItsGroupsAndNobodyElse) {
  use(plain(), 5);
  network->partition({{HostId{0}, HostId{1}}, {HostId{2}, HostId{3}}});
  EXPECT_TRUE(network->hears(HostId{0}, HostId{1}));
  EXPECT_FALSE(network->hears(HostId{0}, HostId{2}));
  EXPECT_FALSE(network->hears(HostId{3}, HostId{1}));
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(network->hears(HostId{i}, HostId{4}));
    EXPECT_TRUE(network->hears(HostId{4}, HostId{i}));
  }
  network->partition({{HostId{0}}, {HostId{1}}});  // replaces the one before
  EXPECT_TRUE(network->hears(HostId{0}, HostId{2}));
  network->heal_partition();
  EXPECT_TRUE(network->hears(HostId{0}, HostId{1}));
}

TEST_F(NetworkTest, AnIsolatedHostHearsAndIsHeardByNobody) {
  use(plain());
  network->isolate(HostId{2});
  for (const std::uint32_t other : {0u, 1u, 3u}) {
    EXPECT_FALSE(network->hears(HostId{2}, HostId{other}));
    EXPECT_FALSE(network->hears(HostId{other}, HostId{2}));
  }
  network->rejoin(HostId{2});
  EXPECT_TRUE(network->hears(HostId{2}, HostId{0}));
}

// Peers are the hosts without a cluster channel.
TEST_F(NetworkTest, PeersAreCutFromAHostByTheGroupOrAltogether) {
  use(plain(), 3);
  network->add_host(ip(3), 0, peers_port);
  for (const std::uint32_t host : {0u, 1u}) network->join(HostId{host}, group);
  const auto heard_by = [&](std::uint32_t host) {
    send(3, group, "group");
    send(3, peers(host), "alone");
    auto heard = run();
    std::string text;
    for (const auto& one : heard[host]) text += one.text + " ";
    return text;
  };
  network->cut(HostId{0}, Network::OfPeers::group_to);
  EXPECT_EQ(heard_by(0), "alone ");
  EXPECT_EQ(heard_by(1), "group alone ");
  network->heal(HostId{0}, Network::OfPeers::group_to);
  EXPECT_EQ(heard_by(0), "group alone ");
  network->cut(HostId{0}, Network::OfPeers::all_to);
  EXPECT_EQ(heard_by(0), "");
  send(2, peers(0), "a tracker");
  EXPECT_EQ(run()[0].size(), 1u);
  network->cut(HostId{1}, Network::OfPeers::from);
  send(1, peers(3));
  send(1, peers(2));
  const auto heard = run();
  EXPECT_FALSE(heard.contains(3));
  EXPECT_TRUE(heard.contains(2));
  network->heal();
  EXPECT_EQ(heard_by(0), "group alone ");
}

TEST_F(NetworkTest, HealTakesEverythingBack) {
  use(plain());
  network->cut(HostId{0}, HostId{1});
  network->partition({{HostId{0}}, {HostId{2}}});
  network->isolate(HostId{3});
  network->heal();
  for (std::uint32_t a = 0; a < 4; ++a)
    for (std::uint32_t b = 0; b < 4; ++b) EXPECT_TRUE(network->hears(HostId{a}, HostId{b}));
}

TEST_F(NetworkTest, WhatIsUnderWayWhenTheCutComesArrives) {
  use(plain());
  send(0, peers(1));
  network->isolate(HostId{1});
  EXPECT_EQ(run().at(1).size(), 1u);
}

}  // namespace
}  // namespace swarm::sim::network_room
