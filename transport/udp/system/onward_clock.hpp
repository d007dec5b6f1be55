// A clock that never goes back, made from a clock that may: on a machine that is migrated, or with
// a broken clock. If the source goes back, time continues from the last value. How much time really
// passed is unknown, so that interval counts as zero.
#pragma once

#include <functional>
#include <utility>

#include "transport/udp/system/boot_clock.hpp"

namespace swarm::udp {

class OnwardClock {
 public:
  using Source = std::function<Time()>;
  explicit OnwardClock(Source source = boot_clock_now)
      : source_(std::move(source)), shown_(source_()) {}

  Time now() {
    const Time shown = source_();
    if (shown < shown_) {
      const Duration back = shown_ - shown;
      lag_ += back;
      untold_ += back;
    }
    shown_ = shown;
    return shown + lag_;
  }
  // By how much the source has gone back since the last call of this function.
  Duration take_steps_back() { return std::exchange(untold_, Duration{}); }

 private:
  Source source_;
  Time shown_;      // the source's value at the last look
  Duration lag_{};  // how far the source is behind
  Duration untold_{};
};

}  // namespace swarm::udp
