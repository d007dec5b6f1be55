// Notices when this machine stalls. A thread on each core sleeps for a millisecond at a time, and
// notes each time at which it woke too late.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/base/clock.hpp"

namespace swarm::lan {

class StallWatcher {
 public:
  struct Stall {
    Time from, to;  // the thread should have woken at `from`, and woke at `to`
    unsigned core{};
  };
  static constexpr Duration tolerated = 2ms;

  StallWatcher();
  ~StallWatcher();

  // Returns the stalls that overlap this interval.
  std::vector<Stall> between(Time from, Time to) const;

 private:
  void watch(unsigned core);

  std::atomic<bool> ended_ = false;
  mutable std::mutex mutex_;
  std::vector<Stall> stalls_;
  std::vector<std::thread> threads_;
};

}  // namespace swarm::lan
