#include "engine/tracker/table/row_index.hpp"

#include <gtest/gtest.h>

#include <set>

#include "engine/base/random.hpp"

namespace swarm {
namespace {

std::uint64_t hash_of(Row row) {
  return mix(row);
}

// An index that counts how many rows each call asks the hash of.
struct Room {
  void insert(Row row) {
    counted([&](const auto& hash) { index.insert(row, hash); });
  }
  void erase(Row row) {
    counted([&](const auto& hash) { index.erase(row, hash); });
  }
  bool has(Row row) const {
    return index.find(hash_of(row), [row](Row other) { return other == row; }) == row;
  }
  template <class Call>
  void counted(const Call& call) {
    std::size_t hashed = 0;
    call([&](Row row) {
      ++hashed;
      return hash_of(row);
    });
    most_hashed = std::max(most_hashed, hashed);
  }
  RowIndex index;
  std::size_t most_hashed = 0;
};

// All members apply the same block: one that moved a whole index would stop them all at once.
TEST(RowIndex, GrowsWithoutMovingMoreThanAFewRowsAtOnce) {
  Room room;
  constexpr Row many = 1'000'000;
  std::size_t growing = 0;
  for (Row row = 0; row < many; ++row) {
    room.insert(row);
    growing += room.index.growing();
  }
  EXPECT_LE(room.most_hashed, RowIndex::moves_per_insert + 1);
  EXPECT_GT(growing, many / 10);
  for (Row row = 0; row < many; ++row) ASSERT_TRUE(room.has(row)) << row;
  EXPECT_FALSE(room.has(many));
}

TEST(RowIndex, ItsMemoryComesInPieces) {
  Room room;
  std::size_t before = 0, most = 0;
  for (Row row = 0; row < 500'000; ++row) {
    room.insert(row);
    const auto memory = room.index.memory();
    if (memory > before) most = std::max(most, memory - before);
    before = memory;
  }
  EXPECT_LE(most, 6U << 16);  // a segment for each row that is moved or put, and their table
}

TEST(RowIndex, FindsWhatIsThereAtEveryMomentOfItsGrowth) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    Room room;
    std::set<Row> there;
    Row next = 0;
    for (int step = 0; step < 4000; ++step) {
      if (there.empty() || random.below(3) > 0) {
        room.insert(next);
        there.insert(next++);
      } else {
        const auto at = there.lower_bound(static_cast<Row>(random.below(next)));
        const Row row = at == there.end() ? *there.begin() : *at;
        room.erase(row);
        there.erase(row);
        ASSERT_FALSE(room.has(row));
      }
      if (step % 16 > 0) continue;
      for (Row row = 0; row < next; ++row) ASSERT_EQ(room.has(row), there.contains(row)) << row;
    }
  }
}

}  // namespace
}  // namespace swarm
