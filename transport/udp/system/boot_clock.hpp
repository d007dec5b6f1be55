// The clock of a real host: CLOCK_BOOTTIME. Leases and promises need a clock that also advances
// while the host is suspended (engine/base/clock.hpp). No other clock drives a node.
#pragma once

#include "engine/base/clock.hpp"

namespace swarm::udp {

Time boot_clock_now();

}  // namespace swarm::udp
