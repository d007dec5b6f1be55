// The number of files and sockets that this process may have open at once.
#pragma once

#include <cstddef>

namespace swarm::udp {

std::size_t descriptor_limit();
// Raises the limit as far as the system allows without more rights. Never fails, but may change
// nothing.
void raise_descriptor_limit();

}  // namespace swarm::udp
