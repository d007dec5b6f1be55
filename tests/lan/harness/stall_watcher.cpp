#include "tests/lan/harness/stall_watcher.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>

#include "transport/udp/system/boot_clock.hpp"

namespace swarm::lan {

StallWatcher::StallWatcher() {
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1u);
  for (unsigned core = 0; core < cores; ++core) threads_.emplace_back([=, this] { watch(core); });
}

StallWatcher::~StallWatcher() {
  ended_ = true;
  for (auto& thread : threads_) thread.join();
}

void StallWatcher::watch(unsigned core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  ::pthread_setaffinity_np(::pthread_self(), sizeof cores, &cores);
  while (!ended_) {
    const Time due = udp::boot_clock_now() + 1ms;
    std::this_thread::sleep_for(1ms);
    const Time now = udp::boot_clock_now();
    if (now - due <= tolerated) continue;
    const std::lock_guard lock(mutex_);
    stalls_.push_back({due, now, core});
  }
}

std::vector<StallWatcher::Stall> StallWatcher::between(Time from, Time to) const {
  const std::lock_guard lock(mutex_);
  std::vector<Stall> found;
  std::copy_if(stalls_.begin(), stalls_.end(), std::back_inserter(found),
               [&](const Stall& stall) { return stall.from <= to && stall.to >= from; });
  return found;
}

}  // namespace swarm::lan
