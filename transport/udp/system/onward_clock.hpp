// A clock that never goes back. It reads another clock, its source, which may go back if a virtual
// machine is migrated or a clock is broken. If the source goes back, OnwardClock continues from the
// value that it returned last. Nobody knows how much time really passed, so it counts as zero.
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
  // Returns by how much the source has gone back, in sum, since the last call of this function.
  Duration take_steps_back() { return std::exchange(untold_, Duration{}); }

 private:
  Source source_;
  Time shown_;         // the source's latest value
  Duration lag_{};     // how far the source is behind this clock
  Duration untold_{};  // steps back that take_steps_back() has not returned yet
};

}  // namespace swarm::udp
