// A request that waits: kept by a tracker that may not answer (R18), or for its block's commit
// (R16). All but long scrapes lie in it without memory of their own.
#pragma once

#include <algorithm>
#include <array>
#include <memory>

#include "engine/tracker/asker.hpp"

namespace swarm {

class StoredRequest {
 public:
  // `sequence`: of arrivals and applied operations, tells which came first within an instant.
  StoredRequest(const Asker& asker, std::uint64_t sequence, Bytes request)
      : asker_(asker), sequence_(sequence), size_(static_cast<std::uint16_t>(request.size())) {
    if (request.size() > small_.size())
      large_ = std::make_unique_for_overwrite<std::uint8_t[]>(request.size());
    std::copy(request.begin(), request.end(), large_ ? large_.get() : small_.data());
  }

  const Asker& asker() const { return asker_; }
  std::uint64_t sequence() const { return sequence_; }
  Bytes bytes() const { return {large_ ? large_.get() : small_.data(), size_}; }

 private:
  Asker asker_;
  std::uint64_t sequence_;
  std::unique_ptr<std::uint8_t[]> large_;
  std::uint16_t size_;
  std::array<std::uint8_t, 74> small_;  // an announce
};

}  // namespace swarm
