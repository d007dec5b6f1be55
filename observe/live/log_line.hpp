// Turns an event of a tracker, or of a peer's contents, into a sentence for its log: what a person
// who looks for a fault wants to know, and the remedy if there is one. The sentence is empty for
// events that only counters use (each answer, each block) and for a peer's requests to the
// trackers.
#pragma once

#include <string>

#include "engine/node/events.hpp"

namespace swarm::observe {

enum class Severity { error, warning, notice, info, debug };
struct LogLine {
  Severity severity{};
  std::string sentence;  // empty: nothing to log
};
// An event that is less severe than `least` gets no sentence. If such events can come with each
// datagram, their sentence is not even made.
LogLine log_line(const Event& event, Severity least = Severity::debug);

}  // namespace swarm::observe
