#include <malloc.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "transport/udp/peer/peer_program.hpp"

namespace {

bool is_terminal(int descriptor) {
  const char* kind = std::getenv("TERM");
  return isatty(descriptor) != 0 && kind != nullptr && std::string_view(kind) != "dumb";
}

std::size_t columns() {
  constexpr std::size_t usual = 80, least = 20;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual;
  return std::max<std::size_t>(size.ws_col, least);
}

// Makes malloc keep freed memory for the next chunks. Hundreds of chunks are allocated and freed
// per second, and each fresh page from the kernel costs a page fault.
void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 128 << 20);
  mallopt(M_TRIM_THRESHOLD, 128 << 20);
}

// Raises the limit on open files. Each file that is shared or fetched stays open, so that its lock
// shows that the file is in use.
void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int count, char** arguments) {
  keep_freed_memory();
  allow_many_files();
  std::signal(SIGPIPE, SIG_IGN);  // `swarm-peer watch ... | head` can still send stopped
  swarm::udp::PeerTerminal terminal;
  terminal.colours = is_terminal(STDOUT_FILENO) && std::getenv("NO_COLOR") == nullptr;
  if (is_terminal(STDERR_FILENO)) terminal.columns = columns;
  return swarm::udp::run_peer_program({arguments + 1, arguments + count}, std::cout, std::cerr,
                                      terminal);
}
