// An event of a tracker, or of a peer's contents, as a sentence for its log: what a person who
// looks for a fault wants to know, and what to do where something is to be done. Empty for events
// that only counters want (each answer, each block) and for a peer's requests to the trackers.
#pragma once

#include <string>

#include "engine/events.hpp"

namespace swarm::observe {

enum class Weight { error, warning, notice, info, debug };
struct LogLine {
  Weight weight{};
  std::string sentence;  // empty: nothing to log
};
LogLine log_line(const Event& event);

}  // namespace swarm::observe
