#include <unistd.h>

#include <csignal>
#include <iostream>

#include "transport/sim/program/program.hpp"

namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

// The first Ctrl-C ends the runs, and their results so far are kept. The second Ctrl-C ends the
// process.
void interrupt(int signal) {
  interrupted = true;
  std::signal(signal, SIG_DFL);
}

}  // namespace

int main(int count, char** arguments) {
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
  const swarm::sim::Terminal terminal{isatty(STDOUT_FILENO) != 0, isatty(STDERR_FILENO) != 0};
  return swarm::sim::run_program({arguments + 1, arguments + count}, std::cout, std::cerr, terminal,
                                 interrupted);
}
