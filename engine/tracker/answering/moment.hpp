// When a request came or a registration was changed. The number tells which came first within an
// instant; a request that came to another tracker has none, and counts as the instant's first.
#pragma once

#include "engine/base/clock.hpp"

namespace swarm {

struct Moment {
  Time at{};
  std::uint64_t number{};
  friend constexpr auto operator<=>(const Moment&, const Moment&) = default;
};

}  // namespace swarm
