// The blocks that one datagram asks for.
#pragma once

#include <vector>

#include "engine/wire/peer_protocol.hpp"

namespace swarm {

struct BlockRequest {
  wire::peer::Request message;
  std::vector<wire::peer::Range> ranges;
  std::uint32_t room;  // how many more blocks may be added

  void add(std::uint32_t chunk, std::uint32_t block) {
    --room;
    const auto number = static_cast<std::uint16_t>(block);
    if (!ranges.empty()) {
      wire::peer::Range& last = ranges.back();
      if (last.chunk == chunk && last.first + last.count == number) {
        ++last.count;
        return;
      }
      if (last.chunk == chunk && number + 1 == last.first) {
        --last.first;
        ++last.count;
        return;
      }
    }
    ranges.push_back({chunk, number, 1});
  }
  bool full() const { return room == 0 || ranges.size() >= wire::most_ranges; }
};

}  // namespace swarm
