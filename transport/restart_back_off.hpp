// How long a supervisor waits before it starts a worker again. The real one and the simulated one
// ask the same class.
#pragma once

#include <algorithm>

#include "engine/base/clock.hpp"

namespace swarm {

class RestartBackOff {
 public:
  struct Settings {
    Duration first = 250ms;   // doubling with each death ...
    Duration most = 5s;       // up to this ...
    Duration forgiven = 60s;  // until a worker has lived for so long
  };

  explicit RestartBackOff(const Settings& settings) : settings_(settings), span_(settings.first) {}

  // A worker has ended that had lived for `lived`; `chance` is 64 random bits. The back-off is the
  // least time from one start to the next: who dies at once waits for all of it, who lived for
  // longer is started again almost at once, for all members may have ended of the same cause, and
  // nobody answers meanwhile. Drawn from its upper half, so that they do not come back together.
  Duration ended(Duration lived, std::uint64_t chance) {
    if (lived >= settings_.forgiven) span_ = settings_.first;
    const Duration wait = std::max(settings_.first, span_ - lived);
    span_ = std::min(2 * span_, settings_.most);
    const auto half = static_cast<std::uint64_t>((wait / 2).count());
    return wait - Duration(static_cast<std::int64_t>(chance % (half + 1)));
  }

 private:
  Settings settings_;
  Duration span_;
};

}  // namespace swarm
