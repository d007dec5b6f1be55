// How long clients are told to wait between two announces: settings.announce_interval while there
// are few, longer as they become more, so that their refreshes stay a small part of a master's
// work.
#pragma once

#include <algorithm>

#include "engine/base/clock.hpp"

namespace swarm {

class AnnounceInterval {
 public:
  // Of all registrations together. So many cost a master about a hundredth of a core; five minutes
  // (BEP 3's clients expect no more) are reached at 600,000.
  static constexpr std::uint64_t announces_per_second = 2000;
  static constexpr Duration most_for_many = 300s;
  // What is told is this part longer at random, so that those who came together do not come
  // together again.
  static constexpr int jitter = 10;  // 1 / 10

  // `clients`: the longest interval that clients keep, whatever shorter one they are told.
  explicit AnnounceInterval(Duration least, Duration clients = {}, Duration most = most_for_many)
      : least_(least), clients_(clients), most_(most) {}

  Duration of(std::size_t registrations) const {
    const auto needed = std::chrono::seconds(registrations / announces_per_second);
    return std::max(least_, std::min<Duration>(needed, most_));
  }

  // A peer that was told `interval` is gone when it was not heard for so long: two announces did
  // not arrive, and what had to be retransmitted did not either.
  static constexpr Duration lifetime_of(Duration interval) {
    return 2 * (interval + interval / jitter) + 30s;
  }
  // The same for every peer: of the longest interval that the swarm's masters may have told within
  // it, or that clients keep. Every tracker notices how many registrations there are, for it may be
  // the next master.
  void notice(Time now, std::size_t registrations);
  Duration lifetime() const { return lifetime_of(std::max({least_, clients_, recent_, before_})); }

 private:
  Duration least_, clients_, most_;
  // The longest of two spans, the current one and the one before it; each is a lifetime or more.
  Duration recent_{}, before_{};
  Time since_{};
};

}  // namespace swarm
