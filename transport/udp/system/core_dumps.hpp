// A core dump has the memory of a process, and so its secrets.
#pragma once

namespace swarm::udp {

// From now on the kernel writes no core dump of this process and of those that it forks, and no
// other process of the same user may read their memory or trace them (ptrace), except root.
void forbid_core_dumps();

}  // namespace swarm::udp
