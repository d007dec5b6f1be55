// What the kernel tells of a process: /proc/PID.
#pragma once

#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm::bench {

// User and system time of all its threads, ended ones too; steps of 10 ms. Throws
// std::runtime_error when there is no such process.
Duration cpu_time(std::int64_t pid);
std::uint64_t resident_bytes(std::int64_t pid);
bool is_alive(std::int64_t pid);

}  // namespace swarm::bench
