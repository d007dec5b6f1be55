// Random numbers from the operating system, which nobody can guess. The functions that draw throw
// std::runtime_error if the system gives none.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/secrets.hpp"

namespace swarm::udp {

std::uint64_t os_random_number();
std::array<std::uint8_t, 16> os_random_bytes();
// The time of day and the time since the boot, in nanoseconds.
std::array<std::uint64_t, 2> os_times();
// The bytes with the times mixed in. With other bytes or another time, the result is another. If
// nobody can guess the bytes, nobody can guess the result.
std::array<std::uint8_t, 16> with_time(std::array<std::uint8_t, 16> bytes,
                                       const std::array<std::uint64_t, 2>& times);
StartDraw os_start_draw();  // for one start of a node

}  // namespace swarm::udp
