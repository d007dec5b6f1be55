// Holds the bytes of the datagrams that are under way. All copies of a datagram share one counted
// entry. Entries lie in slabs by size class. The pool uses free entries again and never frees a
// slab, so it allocates nothing in the steady state.
#pragma once

#include <cstring>
#include <memory>
#include <vector>

#include "engine/base/assert.hpp"
#include "engine/base/random.hpp"
#include "engine/node/outbox.hpp"

namespace swarm::sim {

// Equal bytes have equal hashes, on every little-endian machine.
inline std::uint64_t hash_bytes(Bytes bytes) {
  std::uint64_t hash = bytes.size() * 0x9e3779b97f4a7c15;
  while (bytes.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    hash = (hash ^ word) * 0xd6e8feb86659fd93;
    hash ^= hash >> 32;
    bytes = bytes.subspan(8);
  }
  std::uint64_t rest = 0;
  for (const auto byte : bytes) rest = rest << 8 | byte;
  return (hash ^ rest) * 0xd6e8feb86659fd93;
}

class DatagramPool {
 public:
  using Reference = std::uint32_t;             // size class << 28 | index
  static constexpr std::size_t most = 65'536;  // bytes of a datagram

  struct Header {
    std::uint32_t copies;  // copies under way; in a free entry: index of the next free entry
    std::uint32_t size;
    std::uint64_t hash;
    Endpoint from;
    Channel channel;  // the receiver's channel
    bool multicast;
  };

  // The new entry counts one copy. The caller fills in the header's `from`, `channel` and
  // `multicast`.
  Reference add(Bytes bytes) {
    SWARM_ASSERT(bytes.size() <= most, "a datagram is no longer than UDP allows");
    const std::uint32_t size_class = class_of(bytes.size());
    const Reference reference = size_class << 28 | take(size_class);
    Header& head = header(reference);
    head.copies = 1;
    head.size = static_cast<std::uint32_t>(bytes.size());
    head.hash = hash_bytes(bytes);
    if (!bytes.empty()) std::memcpy(data(reference), bytes.data(), bytes.size());
    return reference;
  }
  void keep(Reference reference) { ++header(reference).copies; }
  void drop(Reference reference) {
    Header& head = header(reference);
    if (--head.copies != 0) return;
    Slabs& slabs = classes_[reference >> 28];
    head.copies = slabs.free;
    slabs.free = reference & index_mask;
  }
  Header& header(Reference reference) { return *reinterpret_cast<Header*>(place(reference)); }
  const Header& header(Reference reference) const {
    return *reinterpret_cast<const Header*>(place(reference));
  }
  Bytes bytes(Reference reference) const {
    return {place(reference) + sizeof(Header), header(reference).size};
  }
  std::uint8_t* data(Reference reference) { return place(reference) + sizeof(Header); }

  void prefetch(Reference reference) const { __builtin_prefetch(place(reference)); }

  std::size_t memory() const {
    std::size_t total = 0;
    for (std::uint32_t c = 0; c < count; ++c)
      total += classes_[c].slabs.size() * (stride(c) << slab_bits(c));
    return total;
  }

 private:
  static constexpr std::uint32_t count = 5;
  static constexpr std::uint32_t index_mask = (1u << 28) - 1;
  static constexpr std::uint32_t none = index_mask;
  struct Slabs {
    std::vector<std::unique_ptr<std::uint8_t[]>> slabs;
    std::uint32_t used = 0;
    std::uint32_t free = none;
  };

  // Bytes of an entry in each class, header included: 128, 256, 512, 1,536 and 65,600.
  static constexpr std::size_t stride(std::uint32_t size_class) {
    constexpr std::size_t rooms[count] = {128, 256, 512, 1536, 65'600};
    return rooms[size_class];
  }
  static constexpr std::uint32_t slab_bits(std::uint32_t size_class) {
    return size_class == count - 1 ? 2 : 8;
  }
  static std::uint32_t class_of(std::size_t size) {
    std::uint32_t size_class = 0;
    while (size + sizeof(Header) > stride(size_class)) ++size_class;
    return size_class;
  }
  std::uint32_t take(std::uint32_t size_class) {
    Slabs& slabs = classes_[size_class];
    if (slabs.free != none) {
      const std::uint32_t index = slabs.free;
      slabs.free = header(size_class << 28 | index).copies;
      return index;
    }
    const std::uint32_t bits = slab_bits(size_class);
    if (slabs.used == slabs.slabs.size() << bits)
      slabs.slabs.push_back(
          std::make_unique_for_overwrite<std::uint8_t[]>(stride(size_class) << bits));
    return slabs.used++;
  }
  std::uint8_t* place(Reference reference) const {
    const std::uint32_t size_class = reference >> 28;
    const std::uint32_t index = reference & index_mask;
    const std::uint32_t bits = slab_bits(size_class);
    return classes_[size_class].slabs[index >> bits].get() +
           (index & ((1u << bits) - 1)) * stride(size_class);
  }

  Slabs classes_[count];
};

}  // namespace swarm::sim
