// A request that waits: kept by a tracker that may not answer (R18), or for its block's commit
// (R16). All but long scrapes lie in it without memory of their own.
#pragma once

#include <algorithm>
#include <array>
#include <memory>

#include "engine/clock.hpp"
#include "engine/types.hpp"

namespace swarm {

class StoredRequest {
 public:
  // `sequence`: of arrivals and applied operations, tells which came first within an instant.
  StoredRequest(Time arrived, std::uint64_t sequence, const Endpoint& from, Bytes request)
      : arrived_(arrived),
        sequence_(sequence),
        from_(from),
        size_(static_cast<std::uint16_t>(request.size())) {
    if (request.size() > small_.size())
      large_ = std::make_unique_for_overwrite<std::uint8_t[]>(request.size());
    std::copy(request.begin(), request.end(), large_ ? large_.get() : small_.data());
  }

  Time arrived() const { return arrived_; }
  std::uint64_t sequence() const { return sequence_; }
  const Endpoint& from() const { return from_; }
  Bytes bytes() const { return {large_ ? large_.get() : small_.data(), size_}; }

 private:
  Time arrived_;
  std::uint64_t sequence_;
  std::unique_ptr<std::uint8_t[]> large_;
  Endpoint from_;
  std::uint16_t size_;
  std::array<std::uint8_t, 74> small_;  // an announce
};

}  // namespace swarm
