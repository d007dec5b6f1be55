// Limits the bytes per second, but allows short bursts. A rate of zero means no limit.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm {

class RateLimit {
 public:
  explicit RateLimit(std::uint64_t bytes_per_second) : rate_(bytes_per_second) {}

  bool allows(Time now) const { return free_at_ <= now; }
  Time next() const { return free_at_; }  // the time from which allows() is true
  void take(Time now, std::uint64_t bytes) {
    if (rate_ == 0) return;
    const Time from = std::max(free_at_, now - burst);
    free_at_ = from + Duration(static_cast<std::int64_t>(bytes * 1'000'000'000 / rate_));
  }

 private:
  static constexpr Duration burst = 20ms;
  std::uint64_t rate_;
  Time free_at_{};
};

}  // namespace swarm
