// A set of numbers from 0 to size() - 1. In memory, number 0 is the lowest bit of the first word. A
// codec must reorder the bits: on the wire and in BEP 3, number 0 is the highest bit of the first
// byte.
#pragma once

#include <bit>
#include <vector>

#include "engine/base/assert.hpp"
#include "engine/base/types.hpp"

namespace swarm {

class Bitmap {
 public:
  Bitmap() = default;
  explicit Bitmap(std::uint32_t size, bool all = false)
      : size_(size), count_(all ? size : 0), words_((size + 63) / 64, all ? ~std::uint64_t{0} : 0) {
    if (all && size % 64 != 0) words_.back() = (std::uint64_t{1} << (size % 64)) - 1;
  }

  std::uint32_t size() const { return size_; }
  std::uint32_t count() const { return count_; }  // how many numbers are in the set
  bool all() const { return count_ == size_; }
  bool none() const { return count_ == 0; }
  bool test(std::uint32_t i) const { return (words_[i / 64] >> (i % 64) & 1) != 0; }

  bool set(std::uint32_t i) {  // returns true if i was not in the set yet
    SWARM_ASSERT(i < size_, "a number of this set");
    const std::uint64_t bit = std::uint64_t{1} << (i % 64);
    if ((words_[i / 64] & bit) != 0) return false;
    words_[i / 64] |= bit;
    ++count_;
    return true;
  }
  bool reset(std::uint32_t i) {  // returns true if i was in the set
    SWARM_ASSERT(i < size_, "a number of this set");
    const std::uint64_t bit = std::uint64_t{1} << (i % 64);
    if ((words_[i / 64] & bit) == 0) return false;
    words_[i / 64] &= ~bit;
    --count_;
    return true;
  }

  // Each word holds 64 numbers: number i is bit i % 64 of word i / 64.
  const std::vector<std::uint64_t>& words() const { return words_; }

  // Calls f(i) for each number i of the set, in ascending order.
  template <class F>
  void for_each(const F& f) const {
    for (std::uint32_t w = 0; w < words_.size(); ++w)
      for (std::uint64_t left = words_[w]; left != 0; left &= left - 1)
        f(w * 64 + static_cast<std::uint32_t>(std::countr_zero(left)));
  }

  friend bool operator==(const Bitmap&, const Bitmap&) = default;

 private:
  std::uint32_t size_ = 0, count_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace swarm
