// The bytes of a snapshot that is pulled: memory follows what has come, in segments that never
// move, and goes back segment by segment.
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
  // Of chunks that are here.
  void read(std::size_t at, std::span<std::uint8_t> to) const {
    while (!to.empty()) {
      const Bytes part = Bytes(segments_.at(at / segment)).subspan(at % segment);
      const auto size = std::min(part.size(), to.size());
      std::copy_n(part.begin(), size, to.begin());
      to = to.subspan(size);
      at += size;
    }
  }
  // The memory of what is before `at` goes, but for its segment; of `most` segments at once.
  void drop_before(std::size_t at, std::size_t most) {
    for (; most > 0 && !segments_.empty() && segments_.begin()->first < at / segment; --most)
      segments_.erase(segments_.begin());
  }
  bool shed(std::size_t most) {  // of the whole; false: there is nothing left
    for (; most > 0 && !segments_.empty(); --most) segments_.erase(segments_.begin());
    return !segments_.empty();
  }

 private:
  std::map<std::size_t, std::vector<std::uint8_t>> segments_;
};

}  // namespace swarm
