// An instance: a worker under its supervisor. The supervisor reads the configuration once, before
// there is a worker to watch. Later reads, and the list of contents at any time, may meet a disk
// that hangs. Therefore the worker does them, with a time limit.
#pragma once

#include <string>
#include <vector>

namespace swarm::udp {

// Runs until the instance is stopped; returns its exit code. Throws like read_configuration() and
// look_at_host().
int run_instance(const std::vector<std::string>& flags,
                 const std::vector<std::string>& environment);

}  // namespace swarm::udp
