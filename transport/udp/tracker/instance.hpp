// An instance: a worker under its supervisor. The supervisor looks at the configuration once,
// before there is anything to watch. What is read later, and the list of contents at any time, may
// lie on a disk that does not answer: the worker reads it, and waits for a time at most.
#pragma once

#include <string>
#include <vector>

namespace swarm::udp {

// Until it is stopped; its exit code. Throws like read_configuration() and look_at_host().
int run_instance(const std::vector<std::string>& flags,
                 const std::vector<std::string>& environment);

}  // namespace swarm::udp
