// Switches off housekeeping of the memory allocator whose time grows with the amount of freed
// memory.
#pragma once

#include <malloc.h>

namespace swarm::udp {

// To be called once, at the start of a process. By default glibc keeps freed blocks in lists and
// joins all of them when something large is freed or allocated. It also returns memory to the
// kernel, many pages at a time. Each of these took milliseconds in one step of a tracker with
// millions of registrations.
inline void steady_allocator() {
#ifdef __GLIBC__
  ::mallopt(M_MXFAST, 0);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
#endif
}

}  // namespace swarm::udp
