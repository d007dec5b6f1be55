// Says how long a supervisor waits before it restarts its worker. The real supervisor and the
// simulated one both use this class.
#pragma once

#include <algorithm>

#include "engine/base/clock.hpp"

namespace swarm {

class RestartBackOff {
 public:
  struct Settings {
    Duration first = 250ms;   // the first back-off; each further death doubles the back-off
    Duration most = 5s;       // the longest back-off
    Duration forgiven = 60s;  // after a worker that lived so long, the back-off is `first` again
  };

  explicit RestartBackOff(const Settings& settings) : settings_(settings), span_(settings.first) {}

  // Must be called when a worker has ended. `lived` is the time since its start, and `chance` is 64
  // random bits. Returns the wait until the next start. The back-off counts from the last start, so
  // `lived` is subtracted from it, but at least `first` is left. Of what is left, the returned wait
  // is at least half, drawn at random, so that the members do not restart all together. Thus a
  // worker that dies at once waits for most of the back-off. A worker that lived longer is
  // restarted soon: all members may have died from one cause, and until one is back, no master
  // answers.
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
