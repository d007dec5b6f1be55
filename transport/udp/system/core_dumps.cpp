#include "transport/udp/system/core_dumps.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace swarm::udp {

// The limit alone is not enough: the kernel ignores it if it passes the core to a program. The unit
// of systemd sets the limit, and forbids this call, so its error does not matter.
void forbid_core_dumps() {
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace swarm::udp
