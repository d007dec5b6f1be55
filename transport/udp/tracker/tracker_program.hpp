// The program swarm-tracker: its command line and its commands. Results go to `out`, messages to
// `err`. An instance (the command run) logs to stderr.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace swarm::udp {

// `arguments` does not contain the program's name. `environment` has entries NAME=VALUE. Returns an
// ExitCode (supervisor.hpp). If a second SIGTERM or SIGINT ended an instance at once, it returns
// 128 + the signal's number. Never throws.
int run_tracker_program(const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment, std::ostream& out,
                        std::ostream& err);

}  // namespace swarm::udp
