// Rows in chunks that never move, addressed by 32-bit numbers: half the size of pointers, equal at
// every member that applied the same log, and no copy of everything when the table grows.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/assert.hpp"

namespace swarm {

using Row = std::uint32_t;
inline constexpr Row no_row = 0xffffffff;

// T has `Row& link()`: a field that is free while the row is, and chains the free rows.
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

  // The memory of the last `rows` places goes, rounded up to chunks; nothing else may be done then.
  void shed(std::size_t rows) {
    for (std::size_t n = 0; n < rows && used_ > 0; n += chunk) {
      chunks_.pop_back();
      used_ = static_cast<Row>(chunks_.size()) * chunk;
    }
  }

  std::size_t size() const { return size_; }
  Row end() const { return used_; }  // behind all rows, those in use and the free ones
  std::size_t spare() const { return chunks_.size() * chunk - size_; }  // rows without more memory
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
