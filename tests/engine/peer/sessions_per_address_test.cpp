// One host that has many ports, and what it may take from the others.
#include <gtest/gtest.h>

#include <set>

#include "tests/engine/peer/exchange_attack.hpp"

namespace swarm {
namespace {

using namespace test;
using namespace wire;
using Host = ExchangeNet::Host;
using Attack = ExchangeAttack;

// A liar's host: it says hello from as many ports as it likes, and echoes every token.
struct ManyPorts : Attack {
  void call(Host& target, std::uint16_t ports) {
    for (std::uint16_t i = 0; i < ports; ++i) {
      Host& port = net.add();
      port.address = {Ip(0x0a0000c8), static_cast<std::uint16_t>(20'000 + i)};
      port.strange = [this, &target](Host&, const Endpoint&, Bytes datagram, Outbox& out) {
        const auto message = decode_peer(datagram);
        if (!message) return;
        if (const auto* refuse = std::get_if<peer::Refuse>(&*message))
          refused += refuse->reason == peer::Refusal::full ? 1 : 0;
        if (const auto* welcome = std::get_if<peer::Welcome>(&*message))
          out.send(Channel::peers, target.address, hello(welcome->grant));
      };
      net.inject(port.address, target.address, hello({}));
    }
    net.run_for(1s);
  }
  std::vector<std::uint8_t> hello(Token echoed) const {
    std::vector<std::uint8_t> bytes_of_hello;
    encode(peer::Hello{echoed, metainfo->info_hash, {9}, {42}}, bytes_of_hello);
    return bytes_of_hello;
  }
  ContentProgress progress(const Host& host) const {
    return host.peer->progress(metainfo->info_hash);
  }
  std::uint32_t refused = 0;
};

TEST(SessionsPerAddress, OneHostWithManyPortsLeavesTheSeedToOthers) {
  ManyPorts attack;
  attack.call(attack.honest, 60);
  EXPECT_EQ(attack.progress(attack.honest).peers, 50u / 4);
  EXPECT_EQ(attack.progress(attack.honest).refusals.address_share, 60u - 50 / 4);
  EXPECT_EQ(attack.progress(attack.honest).refusals.full, 0u);
  EXPECT_EQ(attack.refused, 60u - 50 / 4);
  attack.net.exchange(attack.victim, attack.metainfo);
  EXPECT_TRUE(attack.completes());
}

TEST(SessionsPerAddress, NeitherDoesItTakeThoseOfOneThatFetches) {
  ManyPorts attack;
  attack.victim.settings.exchange.most_peers = 8;
  attack.net.exchange(attack.victim, attack.metainfo);
  attack.call(attack.victim, 20);
  EXPECT_EQ(attack.progress(attack.victim).peers, 2u);
  EXPECT_TRUE(attack.completes());
}

// With a single session in all, the share is that session.
TEST(SessionsPerAddress, AShareIsAtLeastOneSession) {
  ManyPorts attack;
  attack.honest.settings.exchange.most_peers = 3;
  attack.call(attack.honest, 5);
  EXPECT_EQ(attack.progress(attack.honest).peers, 1u);
}

TEST(SessionsPerAddress, AnAddressThatATrackerNamedWithManyPortsIsCalledOnItsShare) {
  Attack attack;
  std::set<Endpoint> called;
  attack.net.watch = [&](const Endpoint& from, const Endpoint& to, Bytes) {
    if (from == attack.victim.address && to.ip == Ip(0x0a0000c8)) called.insert(to);
  };
  attack.net.exchange(attack.victim, attack.metainfo);
  std::vector<Endpoint> named;
  for (std::uint16_t i = 0; i < 81; ++i)
    named.push_back({Ip(0x0a0000c8), static_cast<std::uint16_t>(20'000 + i)});
  named.push_back(attack.honest.address);
  attack.net.name(attack.victim, named);
  EXPECT_TRUE(attack.net.run_until(
      [&] { return attack.victim.peer->progress(attack.metainfo->info_hash).complete; }));
  EXPECT_LE(called.size(), 50u / 4);
  EXPECT_GE(attack.victim.peer->progress(attack.metainfo->info_hash).refusals.address_share,
            81u - 50 / 4);
}

}  // namespace
}  // namespace swarm
