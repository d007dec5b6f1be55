// Time as a value. The engine never reads a clock: its host passes the time in.
#pragma once

#include <chrono>
#include <cstdint>

namespace swarm {

using Duration = std::chrono::nanoseconds;

// The monotonic clock of one host. It also runs while the host is suspended. This type has no
// now(), because only the host can read its clock.
struct LocalClock {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<LocalClock>;
  static constexpr bool is_steady = true;
};
using Time = LocalClock::time_point;

inline constexpr Time never = Time::max();

// a + d; `never` if a is `never`.
constexpr Time later(Time a, Duration d) {
  return a == never ? never : a + d;
}

// Swarm time (R14), in microseconds. It begins with the swarm. Every master continues it, and it
// never goes back. Each block has a stamp of swarm time. A connection id is computed from the
// minute of swarm time in which it is issued.
struct SwarmTime {
  std::uint64_t us{};
  friend constexpr auto operator<=>(const SwarmTime&, const SwarmTime&) = default;
};

using namespace std::chrono_literals;  // NOLINT: the whole engine writes durations like 10ms

}  // namespace swarm
