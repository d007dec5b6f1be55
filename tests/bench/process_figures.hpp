// Reads figures of a process from /proc/PID.
#pragma once

#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm::bench {

// Returns the user and system time of all threads of the process, including those that have ended.
// The resolution is 10 ms. Throws std::runtime_error if there is no such process.
Duration cpu_time(std::int64_t pid);
std::uint64_t resident_bytes(std::int64_t pid);
bool is_alive(std::int64_t pid);

}  // namespace swarm::bench
