// The program swarm-sim: its command line, and what each command does. Results go to `out`,
// messages to `messages`.
#pragma once

#include <atomic>
#include <iosfwd>
#include <string>
#include <vector>

namespace swarm::sim {

enum class Exit : int {
  held = 0,          // every expectation
  failed = 1,        // one did not
  usage = 2,         // the command line or a scenario is wrong, or the results cannot be written
  inconclusive = 3,  // interrupted, or no fault that was to be measured ever happened
};

struct Terminal {
  bool out_is_terminal{};        // colours, unless NO_COLOR is set; TERM=dumb: none of both
  bool messages_are_terminal{};  // progress in one line, in place
};

// `arguments` without the program's name. Never throws. `interrupted` becomes true by Ctrl-C.
int run_program(const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& messages, const Terminal& terminal,
                const std::atomic<bool>& interrupted);

}  // namespace swarm::sim
