// The Swarm Table: operations, the rows that they change, what is counted.
#include "engine/tracker/table/swarm_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/tracker/table/table_room.hpp"

namespace swarm::tables {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

template <class Change>
Change only(const std::vector<db::RowChange>& rows) {
  EXPECT_EQ(rows.size(), 1U);
  return std::get<Change>(rows.at(0));
}

TEST(SwarmTable, AFirstRegistrationPutsThePeerThenTheContent) {
  Room room;
  const auto rows = room.apply(Register{content(1), peer(1), leecher});
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(std::get<db::PutPeer>(rows[0]).row, (db::PeerRow{{1}, peer(1)}));
  EXPECT_EQ(std::get<db::PutContent>(rows[1]).row, (db::ContentRow{content(1), {1}, leecher}));
  EXPECT_EQ(room.table.find(content(1), peer(1)), leecher);
  EXPECT_EQ(room.table.next_peer(), PeerRowId{2});
}

TEST(SwarmTable, TheSameRegistrationAgainChangesNoRow) {
  Room room;
  room.add(1, 1, seeder);
  const auto digest = room.table.digest();
  EXPECT_THAT(room.apply(Register{content(1), peer(1), seeder}), IsEmpty());
  EXPECT_EQ(room.table.digest(), digest);
}

TEST(SwarmTable, AnotherStateChangesOneRowBothWays) {
  Room room;
  room.add(1, 1);
  EXPECT_EQ(only<db::PutContent>(room.apply(Register{content(1), peer(1), seeder})).row.state,
            seeder);
  EXPECT_EQ(room.table.counts(content(1)).seeders, 1U);
  EXPECT_EQ(only<db::PutContent>(room.apply(Register{content(1), peer(1), leecher})).row.state,
            leecher);
  EXPECT_EQ(room.table.counts(content(1)).leechers, 1U);
}

TEST(SwarmTable, APeerWithoutContentsLosesItsRow) {
  Room room;
  room.add(1, 1);
  room.add(2, 1);
  EXPECT_EQ(only<db::DropContent>(room.apply(Remove{content(1), peer(1)})).peer, PeerRowId{1});
  EXPECT_EQ(room.table.contents_of(peer(1)), 1U);
  const auto rows = room.apply(Remove{content(2), peer(1)});
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(std::get<db::DropContent>(rows[0]).info_hash, content(2));
  EXPECT_EQ(std::get<db::DropPeer>(rows[1]).id, PeerRowId{1});
  EXPECT_EQ(room.table.contents_of(peer(1)), 0U);
  EXPECT_EQ(room.table.contents(), 0U);
  EXPECT_EQ(room.table.digest(), 0U);
}

TEST(SwarmTable, ARemovalOfWhatIsNotThereChangesNothing) {
  Room room;
  room.add(1, 1);
  EXPECT_THAT(room.apply(Remove{content(1), peer(2)}), IsEmpty());
  EXPECT_THAT(room.apply(Remove{content(2), peer(1)}), IsEmpty());
  EXPECT_THAT(room.apply(Noop{}), IsEmpty());
  EXPECT_THAT(room.apply(Config{}), IsEmpty());
}

TEST(SwarmTable, AnExpiryTakesAllContentsOfThePeersAndIgnoresStrangers) {
  Room room;
  for (std::uint32_t c = 1; c <= 3; ++c) room.add(c, 1);
  room.add(1, 2);
  const auto rows = room.apply(Expire{{peer(1), peer(9)}});
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_EQ(std::get<db::DropPeer>(rows[3]).id, PeerRowId{1});
  EXPECT_EQ(room.table.peers(), 1U);
  EXPECT_EQ(room.table.registrations(), 1U);
  EXPECT_EQ(room.table.contents(), 1U);
}

TEST(SwarmTable, RowIdsAreNeverGivenTwice) {
  Room room;
  room.add(1, 1);
  room.apply(Remove{content(1), peer(1)});
  room.add(1, 1);
  EXPECT_THAT(room.saved().peers, ElementsAre(db::PeerRow{{2}, peer(1)}));
}

TEST(SwarmTable, TheSameAddressWithAnotherPortIsAnotherPeer) {
  Room room;
  room.apply(Register{content(1), {7, 1}, leecher});
  room.apply(Register{content(1), {7, 2}, leecher});
  EXPECT_EQ(room.table.peers(), 2U);
}

// Address families.

TEST(SwarmTable, AContentHasASwarmPerAddressFamily) {
  Room room;
  room.add(1, 1, seeder);
  room.add(1, 2);
  for (std::uint32_t p = 1; p <= 3; ++p) room.apply(Register{content(1), peer6(p), leecher});
  EXPECT_EQ(room.table.contents(), 2U);
  EXPECT_EQ(room.table.counts(content(1)).seeders, 1U);
  EXPECT_EQ(room.table.counts(content(1)).leechers, 1U);
  EXPECT_EQ(room.table.counts(content(1), true).seeders, 0U);
  EXPECT_EQ(room.table.counts(content(1), true).leechers, 3U);
  Random random(1);
  std::vector<Endpoint> out;
  room.table.sample(content(1), peer6(1), leecher, 50, random, out);
  EXPECT_THAT(out, UnorderedElementsAre(peer6(2), peer6(3)));
  EXPECT_THAT(room.sample(1, 2, leecher, 50), ElementsAre(peer(1)));
  EXPECT_EQ(room.table.find(content(1), peer6(1)), leecher);
  room.apply(Expire{{peer6(1), peer6(2), peer6(3)}});
  EXPECT_EQ(room.table.counts(content(1), true).leechers, 0U);
  EXPECT_EQ(room.table.contents(), 1U);
}

// Completed.

TEST(SwarmTable, CompletedCountsOnlyWhatBecomesASeederByIt) {
  Room room;
  room.add(1, 1, leecher);
  room.add(1, 2, seeder);
  EXPECT_EQ(completed(room), 0U) << "a seeder from the beginning";
  const auto rows = room.apply(Register{content(1), peer(1), seeder, true});
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(std::get<db::PutCompleted>(rows[1]).row, (db::CompletedRow{content(1), false, 1}));
  EXPECT_THAT(room.apply(Register{content(1), peer(1), seeder, true}), IsEmpty()) << "once";
  room.apply(Register{content(1), peer(2), seeder, true});
  EXPECT_EQ(completed(room), 1U) << "was a seeder already";
  room.apply(Register{content(1), peer(3), seeder, true});
  EXPECT_EQ(completed(room), 2U) << "an unknown one counts";
  EXPECT_EQ(room.table.counts(content(1), true).completed, 0U);
}

TEST(SwarmTable, CompletedGoesWithTheLastPeer) {
  Room room;
  room.apply(Register{content(1), peer(1), seeder, true});
  room.add(1, 2);
  room.apply(Remove{content(1), peer(1)});
  EXPECT_EQ(completed(room), 1U);
  const auto rows = room.apply(Expire{{peer(2)}});
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(std::get<db::PutCompleted>(rows[1]).row, (db::CompletedRow{content(1), false, 0}));
  EXPECT_EQ(room.table.digest(), 0U);
  room.add(1, 2);
  EXPECT_EQ(completed(room), 0U);
}

// Sizes.

TEST(SwarmTable, RegistrationsOfANetworkAreCounted) {
  Room room;
  const auto of = [&](const Ip& ip) { return room.table.registrations_of_network(ip); };
  const auto v6 = [](std::uint8_t net, std::uint8_t host) {
    return Ip::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, net, 0, 0, 0, 0, 0, 0, 0, host});
  };
  EXPECT_EQ(of(1U), 0U);
  for (std::uint16_t port = 1; port <= 3; ++port) room.apply(Register{content(1), {1U, port}, {}});
  room.apply(Register{content(2), {1U, 1}, {}});
  for (std::uint8_t host = 1; host <= 2; ++host)
    room.apply(Register{content(1), {v6(1, host), 1}, {}});
  EXPECT_EQ(of(1U), 4U);
  EXPECT_EQ(of(2U), 0U);
  EXPECT_EQ(of(v6(1, 3)), 2U);
  EXPECT_EQ(of(v6(2, 1)), 0U);
  room.apply(Remove{content(1), {1U, 2}});
  room.apply(Expire{{{1U, 1}}});
  EXPECT_EQ(of(1U), 1U);
}

TEST(SwarmTable, ContentsOfAPeerAreCountedUpToAHighestNumber) {
  Room room;
  EXPECT_EQ(room.table.contents_of(peer(1)), 0U);
  for (std::uint32_t c = 1; c <= 3; ++c) room.add(c, 1);
  room.add(3, 1, seeder);  // known
  room.add(3, 2);
  EXPECT_EQ(room.table.contents_of(peer(1)), 3U);
  room.apply(Remove{content(2), peer(1)});
  EXPECT_EQ(room.table.contents_of(peer(1)), 2U);
  room.apply(Expire{{peer(2)}});
  EXPECT_EQ(room.table.contents_of(peer(2)), 0U);
  for (std::uint32_t c = 4; c < 70'000; ++c) room.add(c, 1);
  EXPECT_EQ(room.table.contents_of(peer(1)), SwarmTable::most_told);
  for (std::uint32_t c = 4; c < 70'000; ++c) room.apply(Remove{content(c), peer(1)});
  EXPECT_EQ(room.table.contents_of(peer(1)), SwarmTable::most_told);
  room.apply(Expire{{peer(1)}});
  room.add(1, 1);
  EXPECT_EQ(room.table.contents_of(peer(1)), 1U);
}

TEST(SwarmTable, AHundredThousandPeersOfOneContentTakeAHundredBytesEach) {
  constexpr std::uint32_t peers = 100'000;
  Room room;
  for (std::uint32_t p = 0; p < peers; ++p) room.add(1, p, p % 2 == 0 ? seeder : leecher);
  EXPECT_LE(room.table.memory(), std::size_t{100} * peers);
  EXPECT_EQ(room.table.counts(content(1)).seeders, peers / 2);
  Random random(1);
  auto sample = room.sample(1, 1, leecher, 82, random);
  std::sort(sample.begin(), sample.end());
  EXPECT_EQ(std::adjacent_find(sample.begin(), sample.end()), sample.end());
  EXPECT_THAT(sample, SizeIs(82));
  for (std::uint32_t p = 0; p < peers; ++p) room.apply(Remove{content(1), peer(p)});
  EXPECT_EQ(room.table.digest(), 0U);
  EXPECT_EQ(room.table.peers(), 0U);
}

TEST(SwarmTable, AHundredThousandContentsOfTheirOwnStayLean) {
  constexpr std::uint32_t contents = 100'000;
  Room room;
  for (std::uint32_t c = 0; c < contents; ++c) room.add(c, c);
  EXPECT_EQ(room.table.contents(), contents);
  EXPECT_LE(room.table.memory(), std::size_t{170} * contents);
  const auto full = room.table.memory();
  for (std::uint32_t c = 0; c < contents; ++c) room.apply(Expire{{peer(c)}});
  for (std::uint32_t c = 0; c < contents; ++c) room.add(c + contents, c);
  EXPECT_EQ(room.table.memory(), full);  // freed rows are used again
}

}  // namespace
}  // namespace swarm::tables
