// A histogram of the durations of answers. Durations are exact to a sixteenth.
#pragma once

#include <algorithm>
#include <bit>
#include <vector>

#include "engine/base/clock.hpp"

namespace swarm::bench {

class Latencies {
 public:
  void add(Duration latency) {
    const auto ns = static_cast<std::uint64_t>(std::max(latency, Duration::zero()).count());
    ++counts_[bucket(ns)];
    ++total_;
    longest_ = std::max(longest_, latency);
  }
  void add(const Latencies& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
    longest_ = std::max(longest_, other.longest_);
  }
  // Returns the duration that so many in a thousand do not exceed; 0 if there are no durations.
  Duration at(std::uint64_t per_mille) const {
    const std::uint64_t rank = (total_ * per_mille + 999) / 1000;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size() && rank > 0; ++i)
      if ((seen += counts_[i]) >= rank) return std::min(upper_end(i), longest_);
    return Duration::zero();
  }
  Duration longest() const { return longest_; }
  std::uint64_t total() const { return total_; }

 private:
  // There are sixteen buckets for each power of two.
  static std::size_t bucket(std::uint64_t ns) {
    if (ns < 16) return ns;
    const auto shift = static_cast<std::size_t>(std::bit_width(ns)) - 5;
    return 16 * shift + (ns >> shift);
  }
  static Duration upper_end(std::size_t bucket) {
    if (bucket < 16) return Duration(bucket);
    const std::size_t shift = bucket / 16 - 1;
    return Duration(((bucket % 16 + 17) << shift) - 1);
  }

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(16 * 60);
  std::uint64_t total_ = 0;
  Duration longest_{};
};

}  // namespace swarm::bench
