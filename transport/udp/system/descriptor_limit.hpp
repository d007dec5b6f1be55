// How many files and sockets this process may have open at once.
#pragma once

#include <cstddef>

namespace swarm::udp {

std::size_t descriptor_limit();
// To as many as the system lets it have without more rights; never fails, may change nothing.
void raise_descriptor_limit();

}  // namespace swarm::udp
