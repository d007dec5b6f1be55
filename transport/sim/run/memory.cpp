#include "transport/sim/run/memory.hpp"

#include <malloc.h>
#include <sqlite3.h>
#include <unistd.h>

#include <fstream>

namespace swarm::sim {

std::uint64_t resident_bytes() {
  malloc_trim(0);
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t sqlite_bytes() {
  return static_cast<std::uint64_t>(sqlite3_memory_used());
}

}  // namespace swarm::sim
