// Rows in chunks that never move, so nothing is copied when the table grows. Rows have 32-bit
// numbers: half the size of pointers, and equal at every member that applied the same log.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/assert.hpp"

namespace swarm {

using Row = std::uint32_t;
inline constexpr Row no_row = 0xffffffff;

// T must have `Row& link()`. It returns a field that a free row does not need. The slab uses the
// field to chain the free rows.
template <class T>
class Slab {
 public:
  Row add() {
    ++size_;
    if (free_ != no_row) {
      const Row row = free_;
      free_ = (*this)[row].link();
      (*this)[row] = T{};
      return row;
    }
    if (used_ % chunk == 0) chunks_.push_back(std::make_unique<T[]>(chunk));
    SWARM_ASSERT(used_ < no_row, "a slab holds fewer than 2^32 rows");
    return used_++;
  }
  void remove(Row row) {
    (*this)[row] = T{};
    (*this)[row].link() = free_;
    free_ = row;
    --size_;
  }
  T& operator[](Row row) { return chunks_[row / chunk][row % chunk]; }
  const T& operator[](Row row) const { return chunks_[row / chunk][row % chunk]; }

  // Frees the memory of the last `rows` places, rounded up to chunks. After that, only shed() and
  // end() may be called.
  void shed(std::size_t rows) {
    for (std::size_t n = 0; n < rows && used_ > 0; n += chunk) {
      chunks_.pop_back();
      used_ = static_cast<Row>(chunks_.size()) * chunk;
    }
  }

  std::size_t size() const { return size_; }
  Row end() const { return used_; }  // the number after the last row, used or free
  // The number of rows that can be added without more memory.
  std::size_t spare() const { return chunks_.size() * chunk - size_; }
  std::size_t memory() const {
    return chunks_.size() * chunk * sizeof(T) + chunks_.capacity() * sizeof(chunks_[0]);
  }

 private:
  static constexpr Row chunk = 256;
  std::vector<std::unique_ptr<T[]>> chunks_;
  Row used_ = 0;
  Row free_ = no_row;
  std::size_t size_ = 0;
};

}  // namespace swarm
