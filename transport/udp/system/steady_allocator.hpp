// Switches off those tasks of the memory allocator that take longer the more memory has been freed.
#pragma once

#include <malloc.h>

namespace swarm::udp {

// Call this once, at the start of a process. By default, glibc keeps small freed blocks in lists,
// and merges all of them when a large block is freed or allocated. It also returns memory to the
// kernel, many pages at a time. In a tracker with millions of registrations, each of the two tasks
// took milliseconds in one step.
inline void steady_allocator() {
#ifdef __GLIBC__
  ::mallopt(M_MXFAST, 0);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
#endif
}

}  // namespace swarm::udp
