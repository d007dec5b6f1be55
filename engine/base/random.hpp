// The engine's source of chances: a small seeded generator of integers (xoshiro256**, a public
// domain algorithm by Blackman and Vigna). It gives the same numbers on every platform. The engine
// never uses the distributions of std, which may differ between platforms.
//
// Whoever sees a few numbers of this generator can compute all others. So it draws only what others
// may guess, such as the length of a wait. It gives nobody a whole word, so that no id, key or
// nonce can come from it by mistake: these come from secrets.hpp.
#pragma once

#include <cstdint>

#include "engine/base/assert.hpp"
#include "engine/base/clock.hpp"

namespace swarm {

// Mixes the bits of one word (splitmix64). The result is a good hash of a counter or of combined
// ids.
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (auto& word : state_) word = seed = mix(seed);
  }

  static constexpr std::uint64_t most_below = std::uint64_t{1} << 32;

  // Returns a uniform random number in [0, n); 0 < n <= most_below.
  std::uint64_t below(std::uint64_t n) {
    SWARM_ASSERT(n > 0 && n <= most_below, "a chance is no word for an id or a key");
    return any_below(n);
  }

  // Returns a uniform random number in [0, n); n > 0. Multiplies instead of dividing (Lemire's
  // method), so it is faster than below(). It is for code that draws dozens of numbers per
  // datagram. From the same state it draws different numbers than below().
  std::uint32_t quick_below(std::uint32_t n) {
    std::uint64_t product = (next() >> 32) * n;
    if (static_cast<std::uint32_t>(product) < n)
      for (const std::uint32_t reject = (0 - n) % n; static_cast<std::uint32_t>(product) < reject;)
        product = (next() >> 32) * n;
    return static_cast<std::uint32_t>(product >> 32);
  }

  // Returns a uniform random duration in [low, high]; low <= high.
  Duration between(Duration low, Duration high) {
    return low + Duration(static_cast<std::int64_t>(
                     any_below(static_cast<std::uint64_t>((high - low).count()) + 1)));
  }

 protected:
  std::uint64_t next() {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

 private:
  std::uint64_t any_below(std::uint64_t n) {
    // 2^64 mod n. Without the numbers below it, all remainders are equally likely.
    const std::uint64_t reject = (0 - n) % n;
    for (;;)
      if (const std::uint64_t r = next(); r >= reject) return r % n;
  }
  static constexpr std::uint64_t rotate(std::uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
  }
  std::uint64_t state_[4];
};

}  // namespace swarm
