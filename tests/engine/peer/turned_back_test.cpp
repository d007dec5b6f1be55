// What a peer shows to everybody gives away nothing that must not be guessed. The attacker of these
// tests knows all that a generator of chances can tell: it knows the chances' seed itself.
#include <gtest/gtest.h>

#include "engine/wire/peer_protocol.hpp"
#include "tests/engine/peer/exchange_net.hpp"
#include "tests/engine/peer/requester_room.hpp"

namespace swarm::requesters {
namespace {

struct Shown {
  std::vector<std::uint32_t> transactions;
  std::uint32_t key{};
  PeerId id;
};

Shown shown_by(const StartDraw& draw) {
  Room room{.draw = draw};
  const auto connects = room.join(1);
  const auto announces = room.connect(connects);
  const auto& request = announce(announces);
  return {{std::get<ConnectRequest>(connects.at(0)).transaction.value, request.transaction.value},
          request.key,
          request.peer_id};
}

TEST(TurnedBack, TheSeedOfTheChancesTellsNoIdOfARequest) {
  StartDraw draw = test::draw_of(5);
  const Shown own = shown_by(draw);
  draw.entropy = test::draw_of(6).entropy;
  const Shown guessed = shown_by(draw);
  EXPECT_NE(guessed.transactions[0], own.transactions[0]);
  EXPECT_NE(guessed.transactions[1], own.transactions[1]);
  EXPECT_NE(guessed.key, own.key);
  EXPECT_NE(guessed.id, own.id);
}

TEST(TurnedBack, NoIdOfARequestDependsOnTheChances) {
  StartDraw draw = test::draw_of(5);
  const Shown own = shown_by(draw);
  draw.chance += 1;
  const Shown same = shown_by(draw);
  EXPECT_EQ(same.transactions, own.transactions);
  EXPECT_EQ(same.key, own.key);
  EXPECT_EQ(same.id, own.id);
}

// What a peer that shares a content answers to a stranger's hello: its nonce, and the token with
// which its bytes can be asked for.
wire::peer::Welcome welcomed_by(const StartDraw& draw) {
  const auto bytes = test::some_bytes(1000);
  const auto metainfo = test::metainfo_of(bytes, 1000);
  PeerSettings settings{.trackers = group};
  Peer peer(settings, 6881, draw);
  Outbox out;
  peer.start(Time(1s), out);
  peer.exchange(Time(1s), metainfo, out);
  out.clear();
  std::vector<std::uint8_t> hello;
  wire::encode(wire::peer::Hello{{}, metainfo->info_hash, {1}, {2}}, hello);
  peer.receive(Time(1s), {Channel::peers, {0x0a000009, 6881}, false}, hello, out);
  for (std::size_t i = 0; i < out.datagrams(); ++i)
    if (const auto message = wire::decode_peer(out.datagram(i).bytes))
      if (const auto* welcome = std::get_if<wire::peer::Welcome>(&*message)) return *welcome;
  ADD_FAILURE() << "no welcome";
  return {};
}

TEST(TurnedBack, TheSeedOfTheChancesTellsNoUploadToken) {
  StartDraw draw = test::draw_of(5);
  const auto own = welcomed_by(draw);
  draw.entropy = test::draw_of(6).entropy;
  const auto guessed = welcomed_by(draw);
  EXPECT_NE(guessed.grant, own.grant);
  EXPECT_NE(guessed.nonce, own.nonce);
}

TEST(TurnedBack, NoUploadTokenDependsOnTheChances) {
  StartDraw draw = test::draw_of(5);
  const auto own = welcomed_by(draw);
  draw.chance += 1;
  const auto same = welcomed_by(draw);
  EXPECT_EQ(same.grant, own.grant);
  EXPECT_EQ(same.nonce, own.nonce);
}

}  // namespace
}  // namespace swarm::requesters
