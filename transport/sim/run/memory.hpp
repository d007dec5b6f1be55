// The size of this process, as the system reports it. Only for reports: it depends on the machine.
#pragma once

#include <cstdint>

namespace swarm::sim {

// Returns free memory to the system before it measures. Zero if the system does not report a size.
std::uint64_t resident_bytes();
std::uint64_t sqlite_bytes();  // the memory that SQLite has allocated

}  // namespace swarm::sim
