// An open-addressing hash index of rows that are stored elsewhere. A slot takes four bytes. The
// caller passes functions that hash and compare rows. No decision of a tracker depends on the order
// of the slots.
//
// The index grows without a stall. Each insertion moves a few slots of a full table into a table of
// twice the size. Until all slots are moved, both tables are searched. The slots lie in segments
// that are allocated when they are first used, so that no large memory is cleared at once.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "engine/tracker/table/slab.hpp"

namespace swarm {

class RowIndex {
 public:
  // Returns the row with this hash for which same(row) is true, or no_row.
  template <class Same>
  Row find(std::uint64_t hash, Same same) const {
    const Row row = find_in(slots_, hash, same);
    return row == no_row && !old_.empty() ? find_in(old_, hash, same) : row;
  }

  // hash_of(row) returns the hash of any row in the index. insert() calls it for at most
  // moves_per_insert + 1 rows.
  template <class HashOf>
  void insert(Row row, HashOf hash_of) {
    SWARM_ASSERT(row < moved, "two row numbers mean that there is none");
    if (!old_.empty()) move_some(hash_of);
    if (5 * (used_ + 1) > 4 * slots_.size()) grow();
    put(row, hash_of(row));
    ++used_;
  }

  template <class HashOf>
  void erase(Row row, HashOf hash_of) {
    const std::uint64_t hash = hash_of(row);
    --used_;
    if (!old_.empty() && erase_old(row, hash)) return;
    std::size_t hole = slots_.home(hash);
    while (slots_[hole] != row) {
      SWARM_ASSERT(slots_[hole] != no_row, "what is erased was inserted");
      hole = slots_.next(hole);
    }
    // Linear probing without tombstones. The hole would end the search for some rows behind it.
    // Such a row is moved into the hole, which leaves a new hole.
    for (std::size_t at = slots_.next(hole); slots_[at] != no_row; at = slots_.next(at)) {
      const std::size_t home = slots_.home(hash_of(slots_[at]));
      if (slots_.distance(home, at) < slots_.distance(hole, at)) continue;
      slots_.set(hole, slots_[at]);
      hole = at;
    }
    slots_.set(hole, no_row);
  }

  std::size_t memory() const { return slots_.memory() + old_.memory(); }
  // True: some slots are not moved yet.
  bool growing() const { return !old_.empty(); }

  // With fewer than two moves, the next growth would begin before the old table is empty. More
  // moves would cost time: each reads a row, which may be anywhere in memory.
  static constexpr std::size_t moves_per_insert = 2;

 private:
  // Marks a slot of the old table whose row was moved to the new table, or erased. A search
  // continues after such a slot.
  static constexpr Row moved = no_row - 1;

  class Slots {  // the number of slots is a power of two, or zero
   public:
    Slots() = default;
    explicit Slots(std::size_t size)
        : size_(size),
          per_segment_(std::min(size, most_per_segment)),
          segments_(size / per_segment_) {}

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    std::size_t home(std::uint64_t hash) const { return hash & (size_ - 1); }
    std::size_t next(std::size_t at) const { return (at + 1) & (size_ - 1); }
    std::size_t distance(std::size_t from, std::size_t to) const {
      return (to - from) & (size_ - 1);
    }
    Row operator[](std::size_t at) const {
      const auto& segment = segments_[at / most_per_segment];
      return segment ? segment[at % most_per_segment] : no_row;
    }
    void set(std::size_t at, Row row) {
      auto& segment = segments_[at / most_per_segment];
      if (!segment) {
        segment = std::make_unique_for_overwrite<Row[]>(per_segment_);
        std::fill_n(segment.get(), per_segment_, no_row);
        ++used_segments_;
      }
      segment[at % most_per_segment] = row;
    }
    std::size_t memory() const {
      return used_segments_ * per_segment_ * sizeof(Row) +
             segments_.capacity() * sizeof(segments_[0]);
    }

   private:
    static constexpr std::size_t most_per_segment = 1 << 14;
    std::size_t size_ = 0, per_segment_ = 0, used_segments_ = 0;
    std::vector<std::unique_ptr<Row[]>> segments_;
  };

  template <class Same>
  static Row find_in(const Slots& slots, std::uint64_t hash, Same same) {
    if (slots.empty()) return no_row;
    for (std::size_t at = slots.home(hash);; at = slots.next(at)) {
      const Row row = slots[at];
      if (row == no_row || (row != moved && same(row))) return row;
    }
  }

  void put(Row row, std::uint64_t hash) {
    std::size_t at = slots_.home(hash);
    while (slots_[at] != no_row) at = slots_.next(at);
    slots_.set(at, row);
  }

  bool erase_old(Row row, std::uint64_t hash) {
    std::size_t at = old_.home(hash);
    for (; old_[at] != row; at = old_.next(at))
      if (old_[at] == no_row) return false;
    old_.set(at, moved);
    return true;
  }

  void grow() {
    SWARM_ASSERT(old_.empty(), "a table that grows is moved before it is full");
    old_ = std::exchange(slots_, Slots(std::max<std::size_t>(16, 2 * slots_.size())));
    next_ = 0;
  }

  template <class HashOf>
  void move_some(HashOf hash_of) {
    for (std::size_t n = 0; n < moves_per_insert && next_ < old_.size(); ++n, ++next_) {
      const Row row = old_[next_];
      if (row == no_row || row == moved) continue;
      put(row, hash_of(row));
      old_.set(next_, moved);
    }
    if (next_ == old_.size()) old_ = {};
  }

  Slots slots_, old_;
  std::size_t next_ = 0;  // the slot of old_ that is moved next
  std::size_t used_ = 0;
};

}  // namespace swarm
