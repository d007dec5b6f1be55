#include "engine/tracker/table/swarm_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace swarm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr auto leecher = PeerState::leecher;
constexpr auto seeder = PeerState::seeder;

InfoHash content(std::uint32_t n) {
  InfoHash hash;
  for (std::size_t i = 0; i < 4; ++i) hash.bytes[i] = static_cast<std::uint8_t>(n >> (8 * i));
  hash.bytes[19] = 1;
  return hash;
}

Endpoint peer(std::uint32_t n) {
  return {0x0a000000 + n, 6881};
}
Endpoint peer6(std::uint32_t n) {
  return {
      Ip::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(n)}),
      6881};
}
Time at(int seconds) {
  return Time(std::chrono::seconds(seconds));
}

// A table with the operations that made it.
struct Room {
  SwarmTable table{42};
  std::vector<db::RowChange> rows;

  std::vector<db::RowChange> apply(const Operation& operation, Time now = at(0)) {
    rows.clear();
    table.apply(operation, now, rows);
    return rows;
  }
  void add(std::uint32_t c, std::uint32_t p, PeerState state = leecher, Time now = at(0)) {
    apply(Register{content(c), peer(p), state}, now);
  }
  std::vector<Endpoint> sample(std::uint32_t c, std::uint32_t asker, PeerState state, std::size_t n,
                               Random& random) const {
    std::vector<Endpoint> out;
    table.sample(content(c), peer(asker), state, n, random, out);
    return out;
  }
  std::vector<Endpoint> sample(std::uint32_t c, std::uint32_t asker, PeerState state,
                               std::size_t n) const {
    Random random(1);
    return sample(c, asker, state, n, random);
  }
  std::vector<Endpoint> unheard(Time limit, std::size_t most = 100) const {
    std::vector<Endpoint> out;
    table.unheard_since(limit, most, out);
    return out;
  }
  db::Snapshot saved() const {
    db::Snapshot snapshot;
    table.save(snapshot);
    return snapshot;
  }
};

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

std::uint32_t completed(const Room& room) {
  return room.table.counts(content(1)).completed;
}

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

// A long random history, beside a model made of the standard's ordered maps.
struct History {
  // The content, and whether its IPv6 peers are meant.
  using Swarm = std::pair<InfoHash, bool>;
  explicit History(std::uint64_t seed) : random(seed) {}

  Operation next() {
    const auto c = content(static_cast<std::uint32_t>(random.below(40)));
    const bool v6 = random.below(3) == 0;
    const auto p = some_peer(v6);
    const auto kind = random.below(20);
    if (kind == 0) return Expire{{p, some_peer(v6)}};
    if (kind < 8) return Remove{c, p};
    if (kind < 11) return Register{c, p, seeder, true};
    return Register{c, p, random.below(2) == 0 ? leecher : seeder};
  }
  Endpoint some_peer(bool v6) {
    const auto n = static_cast<std::uint32_t>(random.below(40));
    return v6 ? peer6(n) : peer(n);
  }
  void model(const Operation& operation) {
    if (const auto* o = std::get_if<Register>(&operation)) {
      const auto [row, fresh] = rows.try_emplace({o->info_hash, o->peer}, o->state);
      if (o->completed && (fresh || row->second == leecher)) ++completed[swarm_of(row->first)];
      row->second = o->state;
    } else if (const auto* r = std::get_if<Remove>(&operation)) {
      rows.erase({r->info_hash, r->peer});
    } else {
      const auto& gone = std::get<Expire>(operation).peers;
      std::erase_if(rows, [&](const auto& row) {
        return std::find(gone.begin(), gone.end(), row.first.second) != gone.end();
      });
    }
    std::erase_if(completed, [&](const auto& count) { return !has_peers(count.first); });
  }
  bool has_peers(const Swarm& swarm) const {
    auto row = rows.lower_bound({swarm.first, {}});
    while (row != rows.end() && row->first.first == swarm.first && swarm_of(row->first) != swarm)
      ++row;
    return row != rows.end() && swarm_of(row->first) == swarm;
  }
  static Swarm swarm_of(const std::pair<InfoHash, Endpoint>& row) {
    return {row.first, !row.second.ip.is_v4()};
  }
  Random random;
  std::map<std::pair<InfoHash, Endpoint>, PeerState> rows;
  std::map<Swarm, std::uint32_t> completed;
};

void expect_equal(const SwarmTable& table, const History& history) {
  std::map<std::pair<InfoHash, Endpoint>, PeerState> rows;
  table.for_each([&](const auto& c, const auto& p, auto state) {
    EXPECT_TRUE(rows.emplace(std::pair{c, p}, state).second);
  });
  EXPECT_EQ(rows, history.rows);
  std::map<History::Swarm, std::uint32_t> seeders, leechers;
  std::set<Endpoint> peers;
  std::set<History::Swarm> swarms;
  for (const auto& [key, state] : rows) {
    ++(state == seeder ? seeders : leechers)[History::swarm_of(key)];
    peers.insert(key.second);
    swarms.insert(History::swarm_of(key));
  }
  for (std::uint32_t c = 0; c < 40; ++c)
    for (const bool v6 : {false, true}) {
      const auto counts = table.counts(content(c), v6);
      const History::Swarm swarm{content(c), v6};
      EXPECT_EQ(counts.seeders, seeders[swarm]);
      EXPECT_EQ(counts.leechers, leechers[swarm]);
      const auto completed = history.completed.find(swarm);
      EXPECT_EQ(counts.completed, completed == history.completed.end() ? 0 : completed->second);
    }
  EXPECT_EQ(table.contents(), swarms.size());
  EXPECT_EQ(table.peers(), peers.size());
  EXPECT_EQ(table.registrations(), rows.size());
}

TEST(SwarmTable, ALongHistoryEqualsASimpleModelOfIt) {
  Room room;
  History history(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto operation = history.next();
    room.apply(operation);
    history.model(operation);
    if (i % 500 == 0) expect_equal(room.table, history);
  }
  expect_equal(room.table, history);
}

TEST(SwarmTable, RowChangesLeadFromOneSnapshotToTheNext) {
  Room room;
  History history(8);
  std::map<PeerRowId, Endpoint> peers;
  std::map<std::pair<InfoHash, PeerRowId>, PeerState> contents;
  std::map<History::Swarm, std::uint32_t> completed;
  for (int i = 0; i < 3'000; ++i) {
    for (const auto& change : room.apply(history.next())) {
      if (const auto* put = std::get_if<db::PutPeer>(&change)) {
        EXPECT_TRUE(peers.emplace(put->row.id, put->row.address).second);
      } else if (const auto* drop = std::get_if<db::DropPeer>(&change)) {
        EXPECT_EQ(peers.erase(drop->id), 1U);
      } else if (const auto* row = std::get_if<db::PutContent>(&change)) {
        contents[{row->row.info_hash, row->row.peer}] = row->row.state;
      } else if (const auto* gone = std::get_if<db::DropContent>(&change)) {
        EXPECT_EQ(contents.erase({gone->info_hash, gone->peer}), 1U);
      } else if (const auto* count = std::get_if<db::PutCompleted>(&change)) {
        completed[{count->row.info_hash, count->row.v6}] = count->row.count;
      }
    }
  }
  std::vector<db::PeerRow> peer_rows;
  for (const auto& [id, address] : peers) peer_rows.push_back({id, address});
  std::vector<db::ContentRow> content_rows;
  for (const auto& [key, state] : contents) content_rows.push_back({key.first, key.second, state});
  EXPECT_EQ(room.saved().peers, peer_rows);
  EXPECT_EQ(room.saved().contents, content_rows);
  std::vector<db::CompletedRow> completed_rows;
  for (const auto& [swarm, count] : completed)
    if (count > 0) completed_rows.push_back({swarm.first, swarm.second, count});
  EXPECT_EQ(room.saved().completed, completed_rows);
  EXPECT_GT(completed_rows.size(), 20U) << "else nothing was shown";
}

TEST(SwarmTable, ALoadedTableIsTheSavedOne) {
  Room room;
  History history(9);
  for (int i = 0; i < 2'000; ++i) room.apply(history.next());
  const auto saved = room.saved();
  SwarmTable loaded(43);  // another hash key must not matter
  loaded.load(saved);
  EXPECT_EQ(loaded.digest(), room.table.digest());
  EXPECT_EQ(loaded.next_peer(), room.table.next_peer());
  db::Snapshot again;
  loaded.save(again);
  EXPECT_EQ(again.peers, saved.peers);
  EXPECT_EQ(again.contents, saved.contents);
  EXPECT_EQ(again.completed, saved.completed);
  EXPECT_EQ(again.applied.next_peer, saved.applied.next_peer);
  // And it goes on alike.
  for (int i = 0; i < 2'000; ++i) {
    const auto operation = history.next();
    room.apply(operation);
    std::vector<db::RowChange> rows;
    loaded.apply(operation, at(0), rows);
    ASSERT_EQ(loaded.digest(), room.table.digest());
  }
}

TEST(SwarmTable, LoadReplacesWhatWasThere) {
  Room room;
  room.add(1, 1);
  room.table.load({});
  EXPECT_EQ(room.table.peers(), 0U);
  EXPECT_EQ(room.table.digest(), 0U);
  EXPECT_EQ(room.table.oldest_heard(), never);
}

TEST(SwarmTable, TheDigestTellsIdsAddressesAndStatesApart) {
  Room one, other;
  one.add(1, 1);
  other.add(1, 2);
  EXPECT_NE(one.table.digest(), other.table.digest());
  Room state;
  state.add(1, 1, seeder);
  EXPECT_NE(one.table.digest(), state.table.digest());
  Room completed;
  completed.apply(Register{content(1), peer(1), seeder, true});
  EXPECT_NE(state.table.digest(), completed.table.digest());
  Room id;
  id.add(1, 2);
  id.apply(Remove{content(1), peer(2)});
  id.add(1, 1);
  EXPECT_NE(one.table.digest(), id.table.digest());
}

TEST(SwarmTable, TheDigestDoesNotDependOnTheOrderOfRows) {
  Room one, other;
  for (std::uint32_t c = 1; c <= 3; ++c) one.add(c, 1);
  for (std::uint32_t c = 3; c >= 1; --c) other.add(c, 1);
  EXPECT_EQ(one.table.digest(), other.table.digest());
}

// Sampling.

TEST(SwarmTable, ASampleNeverHoldsTheAskerNorAPeerTwice) {
  Room room;
  for (std::uint32_t p = 1; p <= 30; ++p) room.add(1, p, p % 3 == 0 ? seeder : leecher);
  Random random(5);
  for (std::size_t n = 0; n <= 40; ++n)
    for (const std::uint32_t asker : {1U, 3U, 99U}) {
      const auto state = asker == 3 ? seeder : leecher;
      const auto some = room.sample(1, asker, state, n, random);
      const std::set<Endpoint> distinct(some.begin(), some.end());
      EXPECT_EQ(distinct.size(), some.size());
      EXPECT_FALSE(distinct.contains(peer(asker)));
      const std::size_t all = asker == 3 ? 20 : asker == 1 ? 29 : 30;
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

// Sampling, fair by address.

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
    const Endpoint asker{peer(random.quick_below(6)).ip,
                         static_cast<std::uint16_t>(1 + random.quick_below(7))};
    std::set<std::pair<Ip, PeerState>> groups;
    std::size_t others = 0;
    for (const auto& [p, s] : model)
      if (p != asker) groups.emplace(p.ip, s), ++others;
    std::vector<Endpoint> some, all;
    room.table.sample(content(1), asker, leecher, groups.size(), chance, some);
    std::set<std::pair<Ip, PeerState>> told;
    for (const auto& p : some) told.emplace(p.ip, model.at(p));
    ASSERT_EQ(told, groups) << i;
    room.table.sample(content(1), asker, leecher, 100, chance, all);
    ASSERT_EQ(std::set<Endpoint>(all.begin(), all.end()).size(), others) << i;
    ASSERT_EQ(all.size(), others) << i;
  }
}

TEST(SwarmTable, EqualLogsAndEqualChanceGiveEqualSamplesWhateverTheHashKey) {
  SwarmTable one(1), other(2);
  History history(12);
  std::vector<db::RowChange> rows;
  for (int i = 0; i < 1'000; ++i) {
    const auto operation = history.next();
    one.apply(operation, at(0), rows);
    other.apply(operation, at(0), rows);
  }
  Random chance(3), same_chance(3);
  for (std::uint32_t c = 0; c < 40; ++c) {
    std::vector<Endpoint> a, b;
    one.sample(content(c), peer(1), leecher, 5, chance, a);
    other.sample(content(c), peer(1), leecher, 5, same_chance, b);
    EXPECT_EQ(a, b);
  }
}

// Expiry.

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

// Roll calls.

constexpr SwarmTable::CallPart second_call{0, 100, 2, 100};

TEST(SwarmTable, WhoMissesSoManyCallsInARowIsAbsent) {
  Room room;
  for (std::uint32_t p = 1; p <= 3; ++p) room.add(1, p, leecher, at(0));
  std::vector<RegistrationKey> absent;
  EXPECT_EQ(room.table.call(second_call, absent), 0U);
  EXPECT_THAT(absent, IsEmpty());
  EXPECT_EQ(room.table.announced(content(1), peer(2)), leecher);
  EXPECT_EQ(room.table.announced(content(1), peer(9)), std::nullopt);
  room.add(1, 3, leecher, at(0));  // again
  room.table.call(second_call, absent);
  EXPECT_THAT(absent, ElementsAre(RegistrationKey{content(1), peer(1)}));
  room.table.call(second_call, absent);
  EXPECT_THAT(absent, SizeIs(3));
}

TEST(SwarmTable, ACallThatExcusesLetsNobodyHaveMissedAny) {
  Room room;
  room.add(1, 1, leecher, at(0));
  std::vector<RegistrationKey> absent;
  room.table.call(second_call, absent);
  room.table.call({0, 100, 0, 100}, absent);
  room.table.call(second_call, absent);
  EXPECT_THAT(absent, IsEmpty());
}

TEST(SwarmTable, ACallGoesOnWhereItsLastPartEnded) {
  Room room;
  for (std::uint32_t p = 1; p <= 5; ++p) room.add(1, p, leecher, at(0));
  room.apply(Remove{content(1), peer(2)});
  std::vector<RegistrationKey> absent;
  auto row = room.table.call({0, 3, 1, 100}, absent);
  EXPECT_THAT(absent, SizeIs(2));
  row = room.table.call({row, 3, 1, 1}, absent);
  EXPECT_THAT(absent, SizeIs(3));
  EXPECT_EQ(room.table.call({row, 3, 1, 100}, absent), 0U);
  EXPECT_THAT(absent, SizeIs(4));
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
}  // namespace swarm
