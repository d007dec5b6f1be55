// The program swarm-peer: its command line and its commands.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace swarm::udp {

struct PeerTerminal {
  bool colours{};  // the results may have colours
  // Returns the width of the message stream's terminal, at least 20; unset if it is no terminal.
  std::function<std::size_t()> columns{};
};

// `arguments` does not contain the program's name. Results go to `out`, messages to `messages`.
// Returns the exit code (PeerExit). The first SIGINT, SIGTERM or SIGHUP ends watch, share and fetch
// in good order; a second one ends the process at once. The other commands, and the preparation of
// share and fetch, are ended at once by the first signal.
int run_peer_program(const std::vector<std::string>& arguments, std::ostream& out,
                     std::ostream& messages, const PeerTerminal& terminal);

}  // namespace swarm::udp
