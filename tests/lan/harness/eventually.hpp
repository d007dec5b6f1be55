// Waiting for what must happen: asked again and again, never slept through.
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

// Returns as soon as `holds()`. The limit only ends a test that has failed already: it is far
// longer than anything takes on a busy machine. Throws NeverHappened.
template <class Holds>
void eventually(std::string_view what, Holds&& holds, Duration limit = 30s) {
  const Time until = udp::boot_clock_now() + limit;
  while (!holds()) {
    if (udp::boot_clock_now() > until) throw NeverHappened("never happened: " + std::string(what));
    std::this_thread::sleep_for(2ms);
  }
}

}  // namespace swarm::lan
