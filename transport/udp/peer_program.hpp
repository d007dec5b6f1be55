// The program swarm-peer: its command line, and what each command does.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace swarm::udp {

// `arguments` without the program's name. Results go to `out`, messages to `messages`. Returns the
// exit code (PeerExit). SIGINT, SIGTERM and SIGHUP end a watch in good order, others at once.
int run_peer_program(const std::vector<std::string>& arguments, std::ostream& out,
                     std::ostream& messages, bool colours);

}  // namespace swarm::udp
