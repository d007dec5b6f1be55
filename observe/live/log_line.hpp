// Turns an event of a tracker, or of a peer that exchanges contents, into a sentence for the log.
// The sentence says what an operator who looks for a fault wants to know, and the remedy if there
// is one. Events that are only counted (each answer, each block) and the events of a peer's
// requests to the trackers get no sentence.
#pragma once

#include <string>

#include "engine/node/events.hpp"

namespace swarm::observe {

enum class Severity { error, warning, notice, info, debug };
struct LogLine {
  Severity severity{};
  std::string sentence;  // empty if there is nothing to log
};
// `least`: an event that is less severe gets no sentence. For a debug event that can come with each
// datagram, the sentence is then not even formed, because that would cost time.
LogLine log_line(const Event& event, Severity least = Severity::debug);

}  // namespace swarm::observe
