// The moment at which a request came or a registration was changed. The number gives the order
// within an instant. A request that the master serves late, for example because it came to a slave,
// has number zero and counts as the first.
#pragma once

#include "engine/base/clock.hpp"

namespace swarm {

struct Timestamp {
  Time at{};
  std::uint64_t number{};
  friend constexpr auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

}  // namespace swarm
