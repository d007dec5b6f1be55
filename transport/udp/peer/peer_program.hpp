// The program swarm-peer: its command line and its commands.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace swarm::udp {

struct PeerTerminal {
  bool colours{};  // for the results
  // width of the messages' terminal, at least 20; none: no terminal
  std::function<std::size_t()> columns{};
};

// `arguments` does not have the program's name. Results go to `out`, messages to `messages`.
// Returns the exit code (PeerExit). SIGINT, SIGTERM and SIGHUP end watch, share and fetch in good
// order; a second signal ends them at once. Other commands end at once.
int run_peer_program(const std::vector<std::string>& arguments, std::ostream& out,
                     std::ostream& messages, const PeerTerminal& terminal);

}  // namespace swarm::udp
