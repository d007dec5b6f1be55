// The time that clients wait between two announces: settings.announce_interval while there are few
// registrations. It grows with the number of registrations, so that refreshes stay a small share of
// a master's work.
#pragma once

#include <algorithm>

#include "engine/base/clock.hpp"

namespace swarm {

class AnnounceInterval {
 public:
  // The rate at which all registrations together announce. It costs a master about a hundredth of a
  // core. At 600,000 registrations the interval reaches five minutes, the longest that clients of
  // BEP 3 expect.
  static constexpr std::uint64_t announces_per_second = 2000;
  static constexpr Duration most_for_many = 300s;
  // Each answer's interval is up to this share longer, at random, so that clients that announced
  // together do not announce together again.
  static constexpr int jitter = 10;  // 1 / 10

  // `clients`: the longest interval that clients keep, even if the tracker says a shorter one.
  explicit AnnounceInterval(Duration least, Duration clients = {}, Duration most = most_for_many)
      : least_(least), clients_(clients), most_(most) {}

  Duration of(std::size_t registrations) const {
    const auto needed = std::chrono::seconds(registrations / announces_per_second);
    return std::max(least_, std::min<Duration>(needed, most_));
  }

  // How long the master waits for a peer that has this `interval`. After that the peer is gone: two
  // announces and their retransmissions did not arrive.
  static constexpr Duration lifetime_of(Duration interval) {
    return 2 * (interval + interval / jitter) + 30s;
  }
  // The lifetime is the same for every peer. It follows from the longest interval that a master may
  // have told a peer within the last lifetime, or from `clients` if that is longer. Every tracker
  // calls notice(), because it may be the next master.
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
