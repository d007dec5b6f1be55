// The clock of a real host: CLOCK_BOOTTIME. It counts time during suspension, as leases and
// promises need (engine/base/clock.hpp). No other clock drives a node.
#pragma once

#include "engine/base/clock.hpp"

namespace swarm::udp {

Time boot_clock_now();

}  // namespace swarm::udp
