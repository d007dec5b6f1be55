// No housekeeping of the memory allocator that grows with what was freed.
#pragma once

#include <malloc.h>

namespace swarm::udp {

// Once, at the start of a process. As it is by itself, glibc keeps what is freed in lists, and
// joins all of it when something large is freed or allocated; and gives memory back to the kernel,
// many pages at a time: both took milliseconds in one step of a tracker with millions of
// registrations.
inline void steady_allocator() {
#ifdef __GLIBC__
  ::mallopt(M_MXFAST, 0);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
#endif
}

}  // namespace swarm::udp
