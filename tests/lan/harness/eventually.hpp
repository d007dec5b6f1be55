// Waits for a condition by checking it repeatedly, instead of sleeping for a fixed time.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "engine/base/clock.hpp"
#include "transport/udp/system/boot_clock.hpp"

namespace swarm::lan {

struct NeverHappened : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Returns as soon as `holds()` is true. Throws NeverHappened after `limit`. The limit is far longer
// than any condition takes on a busy machine, so it ends only tests that fail anyway.
template <class Holds>
void eventually(std::string_view what, Holds&& holds, Duration limit = 30s) {
  const Time until = udp::boot_clock_now() + limit;
  while (!holds()) {
    if (udp::boot_clock_now() > until) throw NeverHappened("never happened: " + std::string(what));
    std::this_thread::sleep_for(2ms);
  }
}

}  // namespace swarm::lan
