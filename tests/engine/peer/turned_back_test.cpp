// What a peer shows to everybody gives away nothing that must not be guessed. The attacker of these
// tests knows all that a generator of chances can tell: it knows the chances' seed itself.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace swarm::requesters
