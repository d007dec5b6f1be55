// The size of this process, as the system reports it. Only for reports: it depends on the machine.
#pragma once

#include <cstdint>

namespace swarm::sim {

// Gives free memory back first. Zero if the system does not tell.
std::uint64_t resident_bytes();
std::uint64_t sqlite_bytes();  // the part of it that SQLite has allocated

}  // namespace swarm::sim
