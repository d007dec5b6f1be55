// A clock that never goes back, made of one that may: a machine that is migrated, or a broken
// clock. Time goes on from where it was. What passed between the two looks is not known, so it
// counts as nothing; the next look after it counts again.
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
  // By how much the source has gone back since this was asked last.
  Duration take_steps_back() { return std::exchange(untold_, Duration{}); }

 private:
  Source source_;
  Time shown_;      // by the source, at the last look
  Duration lag_{};  // of the source
  Duration untold_{};
};

}  // namespace swarm::udp
