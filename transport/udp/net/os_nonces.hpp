// The nonces of a real host: random bits of the operating system, and the time of its clocks.
//
// Two copies of a machine, or a machine that continues from a snapshot of its memory, must not draw
// the same. The operating system prevents that only if it is told of the copy (Linux 5.18 or newer
// with a hypervisor that says so). The clocks also tell copies apart that do not run at the same
// moment. Copies that no clock and no random number tells apart would repeat nonces.
#pragma once

#include "engine/node/outbox.hpp"
#include "transport/udp/system/os_random.hpp"

namespace swarm::udp {

class OsNonces final : public NonceSource {
 public:
  std::array<std::uint8_t, 16> draw() override { return with_time(os_random_bytes(), os_times()); }
};

}  // namespace swarm::udp
