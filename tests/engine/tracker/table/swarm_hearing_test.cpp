// When the Swarm Table last heard each peer, and the sweeps that it missed.
#include "engine/tracker/table/swarm_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/tracker/table/table_room.hpp"

namespace swarm::tables {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(SwarmTable, TheUnheardComeOldestFirst) {
  Room room;
  for (std::uint32_t p = 1; p <= 4; ++p) room.add(1, p, leecher, at(static_cast<int>(p)));
  EXPECT_EQ(room.table.oldest_heard(), at(1));
  room.table.heard(peer(1), at(5));
  EXPECT_EQ(room.table.oldest_heard(), at(2));
  EXPECT_THAT(room.unheard(at(4)), ElementsAre(peer(2), peer(3)));
  EXPECT_THAT(room.unheard(at(9), 3), ElementsAre(peer(2), peer(3), peer(4)));
  EXPECT_THAT(room.unheard(at(2)), IsEmpty());
}

TEST(SwarmTable, ARegistrationOfAKnownPeerIsNoHearing) {
  Room room;
  room.add(1, 1, leecher, at(1));
  room.add(2, 1, leecher, at(9));
  EXPECT_EQ(room.table.oldest_heard(), at(1));
}

TEST(SwarmTable, GraceMakesEveryPeerHeardNow) {
  Room room;
  room.add(1, 1, leecher, at(1));
  room.add(1, 2, leecher, at(2));
  room.table.all_heard(at(10));
  EXPECT_EQ(room.table.oldest_heard(), at(10));
  EXPECT_THAT(room.unheard(at(10)), IsEmpty());
  room.table.heard(peer(1), at(11));
  EXPECT_THAT(room.unheard(at(11)), ElementsAre(peer(2)));
}

TEST(SwarmTable, HearingAStrangerOrTheNewestAgainIsHarmless) {
  Room room;
  room.table.heard(peer(1), at(1));
  EXPECT_EQ(room.table.oldest_heard(), never);
  room.add(1, 1, leecher, at(1));
  room.table.heard(peer(1), at(2));
  EXPECT_EQ(room.table.oldest_heard(), at(2));
}

constexpr SwarmTable::SweepStep second_sweep{0, 100, 2, 100};

TEST(SwarmTable, WhoMissesSoManyCallsInARowIsAbsent) {
  Room room;
  for (std::uint32_t p = 1; p <= 3; ++p) room.add(1, p, leecher, at(0));
  std::vector<RegistrationKey> absent;
  EXPECT_EQ(room.table.sweep(second_sweep, absent), 0U);
  EXPECT_THAT(absent, IsEmpty());
  EXPECT_EQ(room.table.announced(content(1), peer(2)), leecher);
  EXPECT_EQ(room.table.announced(content(1), peer(9)), std::nullopt);
  room.add(1, 3, leecher, at(0));  // again
  room.table.sweep(second_sweep, absent);
  EXPECT_THAT(absent, ElementsAre(RegistrationKey{content(1), peer(1)}));
  room.table.sweep(second_sweep, absent);
  EXPECT_THAT(absent, SizeIs(3));
}

TEST(SwarmTable, ASweepThatExcusesLetsNobodyHaveMissedAny) {
  Room room;
  room.add(1, 1, leecher, at(0));
  std::vector<RegistrationKey> absent;
  room.table.sweep(second_sweep, absent);
  room.table.sweep({0, 100, 0, 100}, absent);
  room.table.sweep(second_sweep, absent);
  EXPECT_THAT(absent, IsEmpty());
}

TEST(SwarmTable, ACallGoesOnWhereItsLastPartEnded) {
  Room room;
  for (std::uint32_t p = 1; p <= 5; ++p) room.add(1, p, leecher, at(0));
  room.apply(Remove{content(1), peer(2)});
  std::vector<RegistrationKey> absent;
  auto row = room.table.sweep({0, 3, 1, 100}, absent);
  EXPECT_THAT(absent, SizeIs(2));
  row = room.table.sweep({row, 3, 1, 1}, absent);
  EXPECT_THAT(absent, SizeIs(3));
  EXPECT_EQ(room.table.sweep({row, 3, 1, 100}, absent), 0U);
  EXPECT_THAT(absent, SizeIs(4));
}

}  // namespace
}  // namespace swarm::tables
