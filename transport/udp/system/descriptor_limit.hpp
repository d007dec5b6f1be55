// The number of files and sockets that this process may have open at once.
#pragma once

#include <cstddef>

namespace swarm::udp {

std::size_t descriptor_limit();
// Raises the limit as far as this process may without special rights. Reports no error if it could
// not raise the limit.
void raise_descriptor_limit();

}  // namespace swarm::udp
