// The program swarm-peer: its command line, and what each command does.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace swarm::udp {

struct PeerTerminal {
  bool colours{};                          // of the results
  std::function<std::size_t()> columns{};  // of where messages go, at least 20; none: no terminal
};

// `arguments` without the program's name. Results go to `out`, messages to `messages`. Returns the
// exit code (PeerExit). SIGINT, SIGTERM and SIGHUP end watch, share and fetch in good order (a
// second one at once), others at once.
int run_peer_program(const std::vector<std::string>& arguments, std::ostream& out,
                     std::ostream& messages, const PeerTerminal& terminal);

}  // namespace swarm::udp
