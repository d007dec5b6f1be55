#include "transport/udp/system/descriptor_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace swarm::udp {
namespace {

// A higher limit would be useless, and would slow down code that walks through all possible
// descriptors.
constexpr rlim_t enough = 65'536;

}  // namespace

std::size_t descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;  // the default of POSIX systems
  return static_cast<std::size_t>(std::min(limit.rlim_cur, enough));
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= enough) return;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, enough));
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace swarm::udp
