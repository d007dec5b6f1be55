// Measures how many blocks a source sends while it is awaited. Only the time counts in which blocks
// of it are under way. So the pace is the source's own: this peer's limits and its disk do not make
// a source slower.
#pragma once

#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm {

class Pace {
 public:
  static constexpr Duration period = 4s;      // of waiting, after which the source is judged
  static constexpr std::uint32_t least = 24;  // blocks in a period: 8 KiB a second

  // The first block is under way from now on.
  void begin(Time now) { seen_ = now; }
  // Blocks are still under way now.
  void wait(Time now) {
    waited_ += now - seen_;
    seen_ = now;
  }
  void came() { ++blocks_; }
  // True: a period is over, and behind() is the verdict on it.
  bool judge() {
    if (waited_ < period) return false;
    behind_ = blocks_ < least;
    waited_ = {};
    blocks_ = 0;
    return true;
  }
  // The source sent less than `least` in the last period.
  bool behind() const { return behind_; }

 private:
  Time seen_{};
  Duration waited_{};
  std::uint32_t blocks_ = 0;
  bool behind_ = false;
};

}  // namespace swarm
