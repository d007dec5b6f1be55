// A hash map with integer keys in one array, for up to a million links or addresses. It has no
// iteration, because nothing may depend on the order of its entries. It has no erase.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/base/random.hpp"

namespace swarm::sim {

// Entry: a trivially copyable struct that begins with an unsigned `key` (never `empty_key`).
template <class Entry>
class FlatMap {
 public:
  using Key = decltype(Entry::key);
  static constexpr Key empty_key = static_cast<Key>(~Key{0});

  // Returns the entry of `key`. If the map has none, it adds an entry that is zero except for its
  // key. The reference is valid until the next call of this operator.
  Entry& operator[](Key key) {
    if (4 * (size_ + 1) > 3 * entries_.size()) grow();
    Entry& entry = entries_[place(key)];
    if (entry.key == empty_key) {
      entry.key = key;
      ++size_;
    }
    return entry;
  }
  const Entry* find(Key key) const {
    if (size_ == 0) return nullptr;
    const Entry& entry = entries_[place(key)];
    return entry.key == key ? &entry : nullptr;
  }
  Entry* find(Key key) { return const_cast<Entry*>(static_cast<const FlatMap&>(*this).find(key)); }
  void clear() {
    entries_.clear();
    size_ = 0;
  }
  std::size_t size() const { return size_; }
  std::size_t memory() const { return entries_.capacity() * sizeof(Entry); }

 private:
  std::size_t place(Key key) const {
    std::size_t at = mix(key) & (entries_.size() - 1);
    while (entries_[at].key != key && entries_[at].key != empty_key)
      at = (at + 1) & (entries_.size() - 1);
    return at;
  }
  void grow() {
    std::vector<Entry> old(entries_.empty() ? 16 : entries_.size() * 2, Entry{empty_key, {}});
    old.swap(entries_);
    for (const Entry& entry : old)
      if (entry.key != empty_key) entries_[place(entry.key)] = entry;
  }

  std::vector<Entry> entries_;  // its size is a power of two; at most three quarters are used
  std::size_t size_ = 0;
};

}  // namespace swarm::sim
