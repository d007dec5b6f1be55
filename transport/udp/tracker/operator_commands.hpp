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

// `arguments`: the words after the command that are not configuration keys. Returns the exit code:
// 0 done, 1 the instance refused (`err` gets its sentence), 2 usage, 4 no instance answers.
//
// --json prints the line of /status unchanged. --watch prints once a second until it is stopped. If
// an instance that has answered stops answering, --watch says so on one line and goes on. Colours
// and a cleared screen are used only if `out` is std::cout on a terminal.
int status_command(const Configuration& configuration, const std::vector<std::string>& arguments,
                   std::ostream& out, std::ostream& err);
int order_command(const Configuration& configuration, const std::string& order,
                  const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

}  // namespace swarm::udp
