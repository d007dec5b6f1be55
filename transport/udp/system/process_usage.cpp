#include "transport/udp/system/process_usage.hpp"

#include <time.h>
#include <unistd.h>

#include <fstream>

namespace swarm::udp {

ProcessUsage process_usage() {
  timespec cpu{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  std::uint64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return {std::chrono::seconds(cpu.tv_sec) + Duration(cpu.tv_nsec),
          resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))};
}

}  // namespace swarm::udp
