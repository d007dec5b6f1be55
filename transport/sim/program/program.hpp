// The program swarm-sim: its command line and its commands. Results go to `out`, messages to
// `messages`.
#pragma once

#include <atomic>
#include <iosfwd>
#include <string>
#include <vector>

namespace swarm::sim {

enum class Exit : int {
  held = 0,          // every expectation held
  failed = 1,        // an expectation failed
  usage = 2,         // the command line or a scenario is wrong, or the results cannot be written
  inconclusive = 3,  // interrupted, or something could not be judged (Campaign::inconclusive)
};

// If TERM=dumb, the program treats both members as false.
struct Terminal {
  bool out_is_terminal{};        // true: print colours, unless NO_COLOR is set
  bool messages_are_terminal{};  // true: show progress in one line that is overwritten
};

// `arguments`: without the program's name. Ctrl-C sets `interrupted`. Returns an Exit; never
// throws.
int run_program(const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& messages, const Terminal& terminal,
                const std::atomic<bool>& interrupted);

}  // namespace swarm::sim
