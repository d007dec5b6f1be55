#include "transport/udp/system/boot_clock.hpp"

#include <time.h>

namespace swarm::udp {

Time boot_clock_now() {
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return Time(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace swarm::udp
