// An event of a tracker, or of a peer's contents, as a sentence for its log: what a person who
// looks for a fault wants to know, and what to do where something is to be done. Empty for events
// that only counters want (each answer, each block) and for a peer's requests to the trackers.
#pragma once

#include <string>

#include "engine/node/events.hpp"

namespace swarm::observe {

enum class Severity { error, warning, notice, info, debug };
struct LogLine {
  Severity severity{};
  std::string sentence;  // empty: nothing to log
};
// What is less severe than `least` gets no sentence; where it can come with each datagram, none is
// made.
LogLine log_line(const Event& event, Severity least = Severity::debug);

}  // namespace swarm::observe
