// An instance: a worker under its supervisor. The supervisor reads the configuration once, before
// it starts a worker. A later read could block the supervisor on a disk that hangs. So the worker
// makes all later reads, and always reads the list of contents, each with a time limit.
#pragma once

#include <string>
#include <vector>

namespace swarm::udp {

// Runs until the instance has ended for good; returns its exit code. Throws the errors of
// read_configuration() and look_at_host().
int run_instance(const std::vector<std::string>& flags,
                 const std::vector<std::string>& environment);

}  // namespace swarm::udp
