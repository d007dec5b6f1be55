// The moment at which a request came or a registration was changed. Of two Timestamps with the same
// time, the one with the lower number is earlier. A request that arrived before the step in which
// the master first handles it (a slave relayed it, or this process stood still) has number zero,
// and so counts as the first of its time. A request that this tracker kept has its own number.
#pragma once

#include "engine/base/clock.hpp"

namespace swarm {

struct Timestamp {
  Time at{};
  std::uint64_t number{};
  friend constexpr auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

}  // namespace swarm
