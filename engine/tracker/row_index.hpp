// An open-addressing hash index of rows that lie elsewhere: four bytes a slot. The caller knows how
// to hash and to compare its rows; nothing is ever decided by the order in which they lie here.
#pragma once

#include <bit>
#include <vector>

#include "engine/tracker/slab.hpp"

namespace swarm {

class RowIndex {
 public:
  // The row with this hash for which same(row), or no_row.
  template <class Same>
  Row find(std::uint64_t hash, Same same) const {
    if (slots_.empty()) return no_row;
    for (std::size_t at = hash & mask();; at = (at + 1) & mask())
      if (slots_[at] == no_row || same(slots_[at])) return slots_[at];
  }

  // hash_of(row) is the hash of any row that is in here.
  template <class HashOf>
  void insert(Row row, HashOf hash_of) {
    if (5 * (used_ + 1) > 4 * slots_.size()) grow(hash_of);
    put(row, hash_of(row));
    ++used_;
  }

  template <class HashOf>
  void erase(Row row, HashOf hash_of) {
    std::size_t hole = hash_of(row) & mask();
    while (slots_[hole] != row) {
      SWARM_ASSERT(slots_[hole] != no_row, "what is erased was inserted");
      hole = (hole + 1) & mask();
    }
    // Linear probing without tombstones: what could no longer be reached moves into the hole.
    for (std::size_t at = (hole + 1) & mask(); slots_[at] != no_row; at = (at + 1) & mask()) {
      const std::size_t home = hash_of(slots_[at]) & mask();
      if (((at - home) & mask()) < ((at - hole) & mask())) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = no_row;
    --used_;
  }

  std::size_t memory() const { return slots_.capacity() * sizeof(Row); }

 private:
  std::size_t mask() const { return slots_.size() - 1; }

  void put(Row row, std::uint64_t hash) {
    std::size_t at = hash & mask();
    while (slots_[at] != no_row) at = (at + 1) & mask();
    slots_[at] = row;
  }

  template <class HashOf>
  void grow(HashOf hash_of) {
    std::vector<Row> old(slots_.empty() ? 16 : 2 * slots_.size(), no_row);
    old.swap(slots_);
    for (const Row row : old)
      if (row != no_row) put(row, hash_of(row));
  }

  std::vector<Row> slots_;  // a power of two of them
  std::size_t used_ = 0;
};

}  // namespace swarm
