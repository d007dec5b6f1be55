// Shows the progress of a campaign. On a terminal it overwrites one line. Elsewhere it prints a
// line every ten seconds.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

#include "transport/sim/run/campaign.hpp"

namespace swarm::sim {

class ProgressLine {
 public:
  ProgressLine(std::ostream& out, bool in_place, std::string name);
  ~ProgressLine();  // removes the line from the terminal
  void show(const Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;
  std::string text(const Progress& progress, Clock::time_point now) const;

  std::ostream& out_;
  bool in_place_;
  std::string name_;
  Clock::time_point began_, shown_;
  bool any_ = false;
};

}  // namespace swarm::sim
