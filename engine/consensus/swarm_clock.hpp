// Swarm time as one replica knows it (R14). Swarm time follows the master's clock. Between two
// messages of the master, this replica's own clock continues it. Swarm time is never earlier than a
// stamp in the log.
#pragma once

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/base/clock.hpp"

namespace swarm {

class SwarmClock {
 public:
  SwarmTime at(Time now) const {
    SWARM_ASSERT(now >= base_at_, "swarm time is asked for in the order of time");
    const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(now - base_at_);
    return {base_.us + static_cast<std::uint64_t>(elapsed.count())};
  }
  void learn(SwarmTime stamp, Time now) {  // a block's stamp moves swarm time only forward
    last_stamp_ = std::max(last_stamp_, stamp);
    if (stamp > at(now)) set(stamp, now);
    SWARM_ASSERT(at(now) >= last_stamp_, "swarm time is not before a stamp of the log (R14)");
  }
  // Takes the master's time, even if that moves swarm time back. The master's clock may be slower
  // than this one.
  void follow(SwarmTime time, Time now) {
    set(std::max(time, last_stamp_), now);
    SWARM_ASSERT(base_ >= last_stamp_, "a master's clock does not take swarm time behind a stamp");
  }

 private:
  void set(SwarmTime time, Time now) {
    base_ = time;
    base_at_ = now;
  }

  SwarmTime last_stamp_;  // the latest stamp of all blocks so far
  SwarmTime base_;
  Time base_at_{};
};

}  // namespace swarm
