// How large this process is, as the system says it. For reports only: it depends on the machine.
#pragma once

#include <cstdint>

namespace swarm::sim {

// After free memory was given back; zero where the system does not tell.
std::uint64_t resident_bytes();
std::uint64_t sqlite_bytes();  // of that, allocated by SQLite

}  // namespace swarm::sim
