#include "engine/tracker/table/snapshot_builder.hpp"

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {
namespace {

// A table of both address families, with changes of every kind.
struct Room {
  explicit Room(std::uint64_t seed) : random(seed) {}

  Endpoint peer(std::uint64_t n) {
    if (n % 3 != 0) return {0x0a000000u + static_cast<std::uint32_t>(n), 6881};
    std::array<std::uint8_t, 16> ip{0x20, 1, 0xd, 0xb8};
    ip[14] = static_cast<std::uint8_t>(n >> 8);
    ip[15] = static_cast<std::uint8_t>(n);
    return {Ip::v6(ip), 6881};
  }
  InfoHash content(std::uint64_t n) {
    InfoHash hash;
    hash.bytes.fill(static_cast<std::uint8_t>(n * 7));
    hash.bytes[19] = static_cast<std::uint8_t>(n >> 8);
    return hash;
  }
  void change() {
    const auto p = peer(random.below(peers)), q = peer(random.below(peers));
    const auto c = content(random.below(contents));
    const auto kind = random.below(20);
    std::vector<db::RowChange> rows;
    if (kind < 12) {
      const bool seeds = random.below(2) == 0;
      Register r{c, p, seeds ? PeerState::seeder : PeerState::leecher};
      r.completed = seeds && random.below(2) == 0;
      table.apply(r, Time{}, rows);
    } else if (kind < 19) {
      table.apply(Remove{c, p}, Time{}, rows);
    } else {
      table.apply(Expire{{p, q}}, Time{}, rows);
    }
    if (builder) builder->changed(rows);
  }
  db::Snapshot head() const {
    db::Snapshot s;
    s.applied = {LogIndex{50}, Term{2}, SwarmTime{7}, table.next_peer()};
    s.config_index = LogIndex{1};
    s.config.members = {{MemberId{1}, StoreId{1}, Standing::voter, true, {0x0a000001, 7000}}};
    s.config.next_id = MemberId{2};
    return s;
  }
  // Made in steps of at most so many rows, with so many changes of the table between two of them.
  void build(std::size_t most, int changes) {
    builder.emplace(table);
    while (!builder->scanned()) {
      EXPECT_LE(builder->scan(most), most);
      for (int i = 0; i < changes; ++i) change();
    }
    auto s = head();
    builder->freeze(s);
    table.save(s);
    const auto bytes = wire::encode_snapshot(s);
    for (; !builder->done(); ++steps) {
      EXPECT_LE(builder->write(most), most);
      for (int i = 0; i < changes; ++i) change();
    }
    EXPECT_EQ(builder->bytes(), bytes);
    EXPECT_EQ(builder->hash(), wire::hash_bytes(bytes));
    EXPECT_TRUE(wire::decode_snapshot(bytes));
    builder.reset();
  }

  Random random;
  std::uint64_t peers = 400, contents = 60;
  SwarmTable table{3};
  std::optional<SnapshotBuilder> builder;
  int steps = 0;
};

TEST(SnapshotBuilder, MakesTheBytesOfATableThatStandsStill) {
  Room room(1);
  for (int i = 0; i < 5000; ++i) room.change();
  for (const std::size_t most : {1u, 7u, 100u, 100'000u}) room.build(most, 0);
}

TEST(SnapshotBuilder, OfATableThatChangesMakesThatOfTheEndOfTheScan) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Room room(seed);
    for (int i = 0; i < 2000; ++i) room.change();
    for (const int changes : {1, 5, 50}) room.build(1 + seed * 3, changes);
  }
}

TEST(SnapshotBuilder, MakesThatOfAnEmptyTable) {
  Room room(1);
  room.build(10, 0);
  room.build(10, 3);
}

TEST(SnapshotBuilder, TakesAsManyStepsAsThereAreRowsForThem) {
  Room room(1);
  room.peers = 4000;
  for (int i = 0; i < 20'000; ++i) room.change();
  room.build(100, 0);
  EXPECT_GE(static_cast<std::size_t>(room.steps) * 100,
            room.table.registrations() + room.table.peers());
}

TEST(SnapshotHash, IsThatOfTheWholeWhateverThePieces) {
  Random random(5);
  for (std::size_t size = 0; size < 70; ++size) {
    std::vector<std::uint8_t> bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
    wire::SnapshotHash hash;
    for (std::size_t at = 0; at < size;) {
      const auto piece = std::min<std::size_t>(random.below(20), size - at);
      hash.add(Bytes(bytes).subspan(at, piece));
      at += piece;
    }
    EXPECT_EQ(hash.finish(), wire::hash_bytes(bytes)) << size;
  }
}

}  // namespace
}  // namespace swarm
