// Reads the trace of a tracker (observe/live/trace.hpp) while it grows: the events that the test
// cases and the measurements need.
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "engine/node/events.hpp"

namespace swarm::lan {

struct TraceLine {
  Duration at{};  // time of the boot clock
  Event event;    // MasterSuspected, ElectionWon, Serving, HandOver or Answered
};

class TraceReader {
 public:
  explicit TraceReader(std::filesystem::path file) : path_(std::move(file)) {}

  // Returns the lines with these events that were completed since the last call. If the file does
  // not exist yet, returns none. Skips a last line that a killed process left unfinished. Throws
  // std::runtime_error if a line is no line of a trace.
  std::vector<TraceLine> read();

 private:
  std::filesystem::path path_;
  std::streamoff read_ = 0;
};

}  // namespace swarm::lan
