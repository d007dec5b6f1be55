#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "transport/udp/peer_program.hpp"

int main(int count, char** arguments) {
  std::signal(SIGPIPE, SIG_IGN);  // `swarm-peer watch ... | head` still says stopped
  const char* kind = std::getenv("TERM");
  const bool colours = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr &&
                       kind != nullptr && std::string_view(kind) != "dumb";
  return swarm::udp::run_peer_program({arguments + 1, arguments + count}, std::cout, std::cerr,
                                      colours);
}
