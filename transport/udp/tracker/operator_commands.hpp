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
// 0 done; 1 the instance refused or cannot answer now, for example because it is starting; 2 wrong
// usage; 4 no instance answers. Unless the code is 0, `err` gets a sentence.
//
// --json prints, unchanged, the line that the instance answers to /status. --watch prints once a
// second until a signal ends it or nobody reads `out`. If the first status fails, --watch ends. A
// later failure is reported once, and --watch goes on. Colours and a cleared screen are used only
// if `out` is std::cout on a terminal.
int status_command(const Configuration& configuration, const std::vector<std::string>& arguments,
                   std::ostream& out, std::ostream& err);
int order_command(const Configuration& configuration, const std::string& order,
                  const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

}  // namespace swarm::udp
