// The Swarm Table after long histories, against a simple model of it; what is saved, loaded and
// digested.
#include "engine/tracker/table/swarm_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/engine/tracker/table/table_room.hpp"

namespace swarm::tables {
namespace {

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

}  // namespace
}  // namespace swarm::tables
