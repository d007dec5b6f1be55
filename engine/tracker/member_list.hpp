// The members of one content, of which the first needs no memory of its own: most contents of a
// tracker have a single peer.
#pragma once

#include <algorithm>
#include <memory>

#include "engine/tracker/slab.hpp"
#include "engine/types.hpp"

namespace swarm {

class MemberList {
 public:
  struct Entry {
    Row registration = no_row;
    // The address of its peer, if that is an IPv4 one, so that a sample reads nothing else.
    std::uint32_t ip{};
    std::uint16_t port{};
  };

  Entry& operator[](std::uint32_t place) { return data()[place]; }
  const Entry& operator[](std::uint32_t place) const { return data()[place]; }
  std::uint32_t size() const { return size_; }

  void push_back(const Entry& entry) {
    if (size_ == capacity_) grow();
    data()[size_++] = entry;
  }
  void pop_back() { --size_; }
  std::size_t memory() const { return more_ ? capacity_ * sizeof(Entry) : 0; }

 private:
  Entry* data() { return more_ ? more_.get() : &first_; }
  const Entry* data() const { return more_ ? more_.get() : &first_; }

  void grow() {
    const std::uint32_t capacity = capacity_ + std::max(2U, capacity_ / 4);
    auto wider = std::make_unique_for_overwrite<Entry[]>(capacity);
    std::copy_n(data(), size_, wider.get());
    more_ = std::move(wider);
    capacity_ = capacity;
  }

  std::unique_ptr<Entry[]> more_;
  Entry first_;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 1;
};

}  // namespace swarm
