// The commands of swarm-tracker that talk to the running instance over its control socket: status,
// handover, remove, leave, init, join.
//
//   swarm-tracker status [--json] [--watch]
//   swarm-tracker remove MEMBER
//   swarm-tracker handover | leave | init | join
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "transport/udp/configuration/configuration.hpp"

namespace swarm::udp {

// `arguments`: what follows the command and is not a configuration key. Returns the exit code:
// 0 done, 1 the instance said no (its sentence goes to `err`), 2 usage, 4 no instance answers.
//
// --json prints the line of /status as it is. --watch prints every second until it is ended, and
// goes on when an instance that answered once no longer does, which it says on one line. Colours
// and a cleared screen only where `out` is std::cout on a terminal.
int status_command(const Configuration& configuration, const std::vector<std::string>& arguments,
                   std::ostream& out, std::ostream& err);
int order_command(const Configuration& configuration, const std::string& order,
                  const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

}  // namespace swarm::udp
