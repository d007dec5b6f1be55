// Sees when this machine stands still: a thread on each core sleeps a millisecond at a time and
// notes when it overslept.
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
    Time from, to;  // awake too late: not at `from` but at `to`
    unsigned core{};
  };
  static constexpr Duration tolerated = 2ms;

  StallWatcher();
  ~StallWatcher();

  // That lie, at least in part, between the two.
  std::vector<Stall> between(Time from, Time to) const;

 private:
  void watch(unsigned core);

  std::atomic<bool> ended_ = false;
  mutable std::mutex mutex_;
  std::vector<Stall> stalls_;
  std::vector<std::thread> threads_;
};

}  // namespace swarm::lan
