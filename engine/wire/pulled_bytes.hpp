// The bytes of a snapshot that a member is pulling. They are kept in segments of 64 chunks. The
// first chunk of a segment allocates the segment, which never moves. The owner frees segment by
// segment.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "engine/base/types.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

class PulledBytes {
 public:
  static constexpr std::size_t segment = 64 * wire::chunk_size;

  void put(std::uint32_t chunk, Bytes bytes) {
    const std::size_t at = std::size_t{chunk} * wire::chunk_size;
    auto& part = segments_[at / segment];
    if (part.empty()) part.resize(segment);
    std::copy(bytes.begin(), bytes.end(), part.begin() + static_cast<std::ptrdiff_t>(at % segment));
  }
  // Copies to.size() bytes, from byte `at` on. put() must have stored their chunks before.
  void read(std::size_t at, std::span<std::uint8_t> to) const {
    while (!to.empty()) {
      const Bytes part = Bytes(segments_.at(at / segment)).subspan(at % segment);
      const auto size = std::min(part.size(), to.size());
      std::copy_n(part.begin(), size, to.begin());
      to = to.subspan(size);
      at += size;
    }
  }
  // Frees the segments before the one with byte `at`, but at most `most` of them.
  void drop_before(std::size_t at, std::size_t most) {
    for (; most > 0 && !segments_.empty() && segments_.begin()->first < at / segment; --most)
      segments_.erase(segments_.begin());
  }
  bool shed(std::size_t most) {  // frees at most `most` segments; returns false if none is left
    for (; most > 0 && !segments_.empty(); --most) segments_.erase(segments_.begin());
    return !segments_.empty();
  }

 private:
  std::map<std::size_t, std::vector<std::uint8_t>> segments_;
};

}  // namespace swarm
