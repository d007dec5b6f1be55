// The clock of the measuring programs.
#pragma once

#include "engine/base/clock.hpp"

namespace swarm::bench {

inline Time steady_now() {
  const auto elapsed = std::chrono::steady_clock::now().time_since_epoch();
  return Time(std::chrono::duration_cast<Duration>(elapsed));
}

}  // namespace swarm::bench
