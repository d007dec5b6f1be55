// The clock of a real host: CLOCK_BOOTTIME, which counts suspension, as leases and promises need
// (engine/base/clock.hpp). The only clock that drives a node.
#pragma once

#include "engine/base/clock.hpp"

namespace swarm::udp {

Time boot_clock_now();

}  // namespace swarm::udp
