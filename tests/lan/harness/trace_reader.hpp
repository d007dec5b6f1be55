// The trace that a tracker writes (observe/live/trace.hpp), read while it grows: what the cases and
// the measurements ask it for.
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "engine/node/events.hpp"

namespace swarm::lan {

struct TraceLine {
  Duration at{};  // of the boot clock
  Event event;    // MasterSuspected, ElectionWon, Serving, HandOver or Answered
};

class TraceReader {
 public:
  explicit TraceReader(std::filesystem::path file) : path_(std::move(file)) {}

  // The whole lines that were written since the last call, of those events only. A file that is not
  // there yet has none. Throws std::runtime_error on a line that is no line of a trace; what a
  // process that was killed left of its last line is passed over.
  std::vector<TraceLine> read();

 private:
  std::filesystem::path path_;
  std::streamoff read_ = 0;
};

}  // namespace swarm::lan
