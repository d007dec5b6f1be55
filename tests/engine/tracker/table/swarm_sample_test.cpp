// The peers that the Swarm Table gives who asks.
#include "engine/tracker/table/swarm_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/engine/tracker/table/table_room.hpp"

namespace swarm::tables {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

TEST(SwarmTable, ASampleNeverHoldsTheRequesterNorAPeerTwice) {
  Room room;
  for (std::uint32_t p = 1; p <= 30; ++p) room.add(1, p, p % 3 == 0 ? seeder : leecher);
  Random random(5);
  for (std::size_t n = 0; n <= 40; ++n)
    for (const std::uint32_t requester : {1U, 3U, 99U}) {
      const auto state = requester == 3 ? seeder : leecher;
      const auto some = room.sample(1, requester, state, n, random);
      const std::set<Endpoint> distinct(some.begin(), some.end());
      EXPECT_EQ(distinct.size(), some.size());
      EXPECT_FALSE(distinct.contains(peer(requester)));
      const std::size_t all = requester == 3 ? 20 : requester == 1 ? 29 : 30;
      EXPECT_EQ(some.size(), std::min(n, all));
    }
}

TEST(SwarmTable, ALeecherGetsSeedersFirst) {
  Room room;
  for (std::uint32_t p = 1; p <= 10; ++p) room.add(1, p);
  room.add(1, 11, seeder);
  room.add(1, 12, seeder);
  EXPECT_THAT(room.sample(1, 1, leecher, 2), UnorderedElementsAre(peer(11), peer(12)));
  EXPECT_THAT(room.sample(1, 1, leecher, 5), SizeIs(5));
}

TEST(SwarmTable, ASeederGetsNoSeeders) {
  Room room;
  room.add(1, 1, seeder);
  room.add(1, 2, seeder);
  room.add(1, 3);
  EXPECT_THAT(room.sample(1, 1, seeder, 50), ElementsAre(peer(3)));
}

TEST(SwarmTable, AnUnknownContentHasNoPeers) {
  Room room;
  EXPECT_THAT(room.sample(1, 1, leecher, 50), IsEmpty());
}

TEST(SwarmTable, EachPeerIsEquallyLikelyInASample) {
  constexpr std::uint32_t peers = 20, rounds = 20'000, wanted = 5;
  Room room;
  for (std::uint32_t p = 1; p <= peers; ++p) room.add(1, p);
  std::map<Endpoint, std::uint32_t> times;
  Random random(11);
  for (std::uint32_t i = 0; i < rounds; ++i)
    for (const auto& p : room.sample(1, 7, leecher, wanted, random)) ++times[p];
  EXPECT_THAT(times, SizeIs(peers - 1));
  const double expected = double{rounds} * wanted / (peers - 1);  // 5263, deviation about 62
  for (const auto& [p, n] : times) EXPECT_NEAR(n, expected, 320) << to_string(p);
}

// One address with many ports, beside others.
struct CrowdedRoom : Room {
  static constexpr std::uint32_t ports = 10'000;
  explicit CrowdedRoom(std::uint32_t others, PeerState state = leecher) {
    for (std::uint32_t p = 1; p <= others; ++p) add(1, p);
    for (std::uint32_t port = 1; port <= ports; ++port)
      apply(Register{content(1), many(port), state});
  }
  static Endpoint many(std::uint32_t port) {
    return {peer(0).ip, static_cast<std::uint16_t>(port)};
  }
  static std::size_t of_many(const std::vector<Endpoint>& some) {
    return static_cast<std::size_t>(
        std::count_if(some.begin(), some.end(), [](const auto& p) { return p.ip == peer(0).ip; }));
  }
};

TEST(FairSample, OneAddressWithTenThousandPortsHasThePlacesOfOne) {
  constexpr std::uint32_t others = 99, rounds = 10'000, wanted = 10;
  const CrowdedRoom room(others);
  Random random(3);
  std::map<Ip, std::uint32_t> times;
  for (std::uint32_t i = 0; i < rounds; ++i)
    for (const auto& p : room.sample(1, 1000, leecher, wanted, random)) ++times[p.ip];
  EXPECT_THAT(times, SizeIs(others + 1));
  for (const auto& [ip, n] : times) EXPECT_NEAR(n, 1000, 200) << to_string(Endpoint{ip, 0});
}

TEST(FairSample, ManySeedersOfOneAddressDoNotKeepOthersOut) {
  const CrowdedRoom room(100, seeder);
  const auto some = room.sample(1, 1000, leecher, 50);
  EXPECT_THAT(some, SizeIs(50));
  EXPECT_EQ(CrowdedRoom::of_many(some), 1U);
}

TEST(FairSample, PlacesThatAreLeftAreFilledWhenEachAddressHasOne) {
  const CrowdedRoom room(10);
  const auto some = room.sample(1, 1000, leecher, 50);
  EXPECT_THAT(some, SizeIs(50));
  EXPECT_EQ(CrowdedRoom::of_many(some), 40U);
  EXPECT_EQ(std::set<Endpoint>(some.begin(), some.end()).size(), 50U);
}

TEST(FairSample, AnIpv6NetworkHasThePlacesOfOne) {
  Room room;
  const auto host = [](std::uint8_t network, std::uint8_t n) {
    return Endpoint{Ip::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, network, 0, 0, 0, 0, 0, 0, 0, n}), 6881};
  };
  for (std::uint8_t n = 1; n <= 200; ++n) room.apply(Register{content(1), host(1, n), leecher});
  for (std::uint8_t n = 2; n <= 50; ++n) room.apply(Register{content(1), host(n, 1), leecher});
  std::vector<Endpoint> some;
  Random random(3);
  room.table.sample(content(1), host(99, 1), leecher, 50, random, some);
  std::set<Ip> networks;
  for (const auto& p : some) networks.insert(p.ip.network());
  EXPECT_THAT(networks, SizeIs(50));
}

// Behind one router, say. The one that asks is not told of itself, but of a neighbour.
TEST(FairSample, TheLastOfAnAddressThatAskedStandsForIt) {
  Room room;
  for (std::uint32_t p = 1; p <= 5; ++p) room.add(1, p);
  for (std::uint32_t port = 1; port <= 4; ++port)
    room.apply(Register{content(1), CrowdedRoom::many(port), leecher});
  Random random(3);
  for (std::uint32_t port = 1; port <= 4; ++port) {
    std::vector<Endpoint> some;
    room.table.sample(content(1), CrowdedRoom::many(port), leecher, 6, random, some);
    EXPECT_EQ(CrowdedRoom::of_many(some), 1U);
    EXPECT_THAT(some, testing::Not(testing::Contains(CrowdedRoom::many(port))));
    EXPECT_THAT(room.sample(1, 1000, leecher, 6, random),
                testing::Contains(CrowdedRoom::many(port)));
  }
}

// Against a model: whoever comes, goes and changes, an answer of as many places as there are
// addresses holds each address once, and a larger one everybody.
TEST(FairSample, HoldsAfterEachStepOfALongHistory) {
  Room room;
  std::map<Endpoint, PeerState> model;
  Random random(8), chance(9);
  for (int i = 0; i < 5'000; ++i) {
    const Endpoint one{peer(random.quick_below(6)).ip,
                       static_cast<std::uint16_t>(1 + random.quick_below(7))};
    const auto state = random.quick_below(2) == 0 ? seeder : leecher;
    if (random.quick_below(3) == 0) {
      room.apply(Remove{content(1), one});
      model.erase(one);
    } else {
      room.apply(Register{content(1), one, state});
      model[one] = state;
    }
    const Endpoint requester{peer(random.quick_below(6)).ip,
                             static_cast<std::uint16_t>(1 + random.quick_below(7))};
    std::set<std::pair<Ip, PeerState>> groups;
    std::size_t others = 0;
    for (const auto& [p, s] : model)
      if (p != requester) groups.emplace(p.ip, s), ++others;
    std::vector<Endpoint> some, all;
    room.table.sample(content(1), requester, leecher, groups.size(), chance, some);
    std::set<std::pair<Ip, PeerState>> told;
    for (const auto& p : some) told.emplace(p.ip, model.at(p));
    ASSERT_EQ(told, groups) << i;
    room.table.sample(content(1), requester, leecher, 100, chance, all);
    ASSERT_EQ(std::set<Endpoint>(all.begin(), all.end()).size(), others) << i;
    ASSERT_EQ(all.size(), others) << i;
  }
}

}  // namespace
}  // namespace swarm::tables
