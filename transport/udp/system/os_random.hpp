// Random numbers from the operating system, which nobody can guess. All functions throw
// std::runtime_error if the system gives none.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/secrets.hpp"

namespace swarm::udp {

std::uint64_t os_random_number();
std::array<std::uint8_t, 16> os_random_bytes();
StartDraw os_start_draw();  // for one start of a node

}  // namespace swarm::udp
