// Time as a value: the engine never reads a clock, its host passes the time in.
#pragma once

#include <chrono>
#include <cstdint>

namespace swarm {

using Duration = std::chrono::nanoseconds;

// A host's own monotonic clock, which counts suspension too. It has no now(): only hosts know it.
struct LocalClock {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<LocalClock>;
  static constexpr bool is_steady = true;
};
using Time = LocalClock::time_point;

inline constexpr Time never = Time::max();

// a + d without overflow when a is `never`.
constexpr Time later(Time a, Duration d) {
  return a == never ? never : a + d;
}

// Swarm time (R14), in microseconds: begins with the swarm, is continued by every master, never
// goes back. Blocks are stamped with it, connection ids are made from its minutes.
struct SwarmTime {
  std::uint64_t us{};
  friend constexpr auto operator<=>(const SwarmTime&, const SwarmTime&) = default;
};

using namespace std::chrono_literals;  // NOLINT: durations are written 10ms all over the engine

}  // namespace swarm
