// Time as a value. The engine never reads a clock: its host passes the time in.
#pragma once

#include <chrono>
#include <cstdint>

namespace swarm {

using Duration = std::chrono::nanoseconds;

// The monotonic clock of one host, which also counts the time that the host is suspended. It has no
// now(), because only the host can read it.
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

// Swarm time (R14), in microseconds. It begins with the swarm, every master continues it, and it
// never goes back. Each block bears a stamp of swarm time, and connection ids are made from its
// minutes.
struct SwarmTime {
  std::uint64_t us{};
  friend constexpr auto operator<=>(const SwarmTime&, const SwarmTime&) = default;
};

using namespace std::chrono_literals;  // NOLINT: the whole engine writes durations like 10ms

}  // namespace swarm
