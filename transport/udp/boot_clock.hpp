// The clock of a real host: CLOCK_BOOTTIME, which counts suspension, as leases and promises need
// (engine/clock.hpp). The only clock that drives a node.
#pragma once

#include "engine/clock.hpp"

namespace swarm::udp {

Time boot_clock_now();

}  // namespace swarm::udp
