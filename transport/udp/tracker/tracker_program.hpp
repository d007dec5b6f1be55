// The program swarm-tracker: its command line and its commands. Results go to `out`, messages to
// `err`. The running tracker logs to stderr.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace swarm::udp {

// `arguments` does not have the program's name; `environment` has entries NAME=VALUE. Never throws.
// Returns an ExitCode (supervisor.hpp), or 128 + the number of the signal that ended it at once.
int run_tracker_program(const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment, std::ostream& out,
                        std::ostream& err);

}  // namespace swarm::udp
