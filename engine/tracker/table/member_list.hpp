// The members of one content. Most contents of a tracker have a single peer, so the first member is
// stored inside this object. The members of a large content are stored in segments that never move,
// so adding one more member always takes the same short time.
#pragma once

#include <algorithm>
#include <bit>
#include <memory>
#include <utility>

#include "engine/base/types.hpp"
#include "engine/tracker/table/slab.hpp"

namespace swarm {

class MemberList {
 public:
  struct Entry {
    Row registration = no_row;
    // The address of an IPv4 peer, so that a sample of IPv4 peers needs to read only the entries.
    std::uint32_t ip{};
    std::uint16_t port{};
  };

  Entry& operator[](std::uint32_t place) { return *at(place); }
  const Entry& operator[](std::uint32_t place) const { return *at(place); }
  std::uint32_t size() const { return size_; }

  void push_back(const Entry& entry) {
    if (size_ == capacity_) grow();
    *at(size_++) = entry;
  }
  // A large list frees its segments one by one, because freeing all of them at the end would take
  // too long.
  void pop_back() {
    --size_;
    if (capacity_ <= 2 * segment || size_ > capacity_ - 2 * segment) return;
    capacity_ -= segment;
    many_[segments()].reset();
  }
  std::size_t memory() const {
    if (capacity_ == 1) return 0;
    const std::size_t entries = std::size_t{capacity_} * sizeof(Entry);
    return capacity_ <= segment ? entries : entries + room(segments()) * sizeof(Segment);
  }

  static constexpr std::uint32_t segment = 4096;  // entries

 private:
  using Segment = std::unique_ptr<Entry[]>;

  Entry* at(std::uint32_t place) const {
    if (capacity_ == 1) return const_cast<Entry*>(&first_);
    if (capacity_ <= segment) return few_.get() + place;
    return many_[place / segment].get() + place % segment;
  }
  std::uint32_t segments() const { return capacity_ / segment; }
  // The capacity that many_ has for this number of segments.
  static std::uint32_t room(std::uint32_t segments) { return std::bit_ceil(segments); }

  void grow() {
    if (capacity_ >= segment) return grow_by_segment();
    const std::uint32_t wanted = std::min(capacity_ + std::max(2U, capacity_ / 4), segment);
    auto wider = std::make_unique_for_overwrite<Entry[]>(wanted);
    std::copy_n(at(0), size_, wider.get());
    few_ = std::move(wider);
    capacity_ = wanted;
  }
  void grow_by_segment() {
    const std::uint32_t n = segments();
    if (n == 1 || room(n) == n) {
      auto wider = std::make_unique<Segment[]>(room(n + 1));
      if (n == 1)
        wider[0] = std::move(few_);
      else
        std::move(many_.get(), many_.get() + n, wider.get());
      many_ = std::move(wider);
    }
    many_[n] = std::make_unique_for_overwrite<Entry[]>(segment);
    capacity_ += segment;
  }

  Segment few_;                      // the entries, if they fit into one segment
  std::unique_ptr<Segment[]> many_;  // the segments, if there are several
  Entry first_;                      // the only entry, while capacity_ is 1
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 1;
};

}  // namespace swarm
