// The announce interval: the time that clients wait between two announces. While there are few
// registrations, it is settings.announce_interval. It grows with the number of registrations, so
// that refreshes stay a small share of a master's work.
#pragma once

#include <algorithm>

#include "engine/base/clock.hpp"

namespace swarm {

class AnnounceInterval {
 public:
  // With many registrations, all of them together announce at this rate. It costs a master about a
  // hundredth of a core. At 600,000 registrations the interval reaches five minutes, the longest
  // that clients of BEP 3 expect.
  static constexpr std::uint64_t announces_per_second = 2000;
  static constexpr Duration most_for_many = 300s;
  // In BEP 15 and over HTTP, the interval in an answer is longer by a random share, at most 1 /
  // jitter. So clients that announced together do not announce together again.
  static constexpr int jitter = 10;

  // `least`: the shortest interval. `most`: the longest interval for many registrations. `clients`:
  // the longest interval that clients use even if the tracker sets a shorter one.
  explicit AnnounceInterval(Duration least, Duration clients = {}, Duration most = most_for_many)
      : least_(least), clients_(clients), most_(most) {}

  Duration of(std::size_t registrations) const {
    const auto needed = std::chrono::seconds(registrations / announces_per_second);
    return std::max(least_, std::min<Duration>(needed, most_));
  }

  // How long the master waits for an announce of a peer that has this `interval`. A peer that is
  // silent for longer is gone: two of its announces did not arrive, although it retransmits them.
  static constexpr Duration lifetime_of(Duration interval) {
    return 2 * (interval + interval / jitter) + 30s;
  }
  // The lifetime is the same for every peer. It is computed from the longest interval that a master
  // may have set within the last lifetime, or from `clients` if that is longer. notice() notes the
  // present interval. Every tracker calls it, because every tracker may be the next master.
  void notice(Time now, std::size_t registrations);
  Duration lifetime() const { return lifetime_of(std::max({least_, clients_, recent_, before_})); }

 private:
  Duration least_, clients_, most_;
  // The longest interval of the current span, and that of the span before. A span lasts one
  // lifetime or more.
  Duration recent_{}, before_{};
  Time since_{};
};

}  // namespace swarm
