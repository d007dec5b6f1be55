// The resources that this process has used so far.
#pragma once

#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm::udp {

struct ProcessUsage {
  Duration cpu{};  // user and system time of all threads
  std::uint64_t resident_bytes{};
};
ProcessUsage process_usage();

}  // namespace swarm::udp
