// The engine's only source of random numbers: a small seeded generator of integers (xoshiro256**, a
// public domain algorithm by Blackman and Vigna). It gives the same numbers on every platform. The
// engine never uses the distributions of std, which may differ between platforms.
#pragma once

#include <cstdint>

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

  // Returns a uniform random number in [0, n); n > 0.
  std::uint64_t below(std::uint64_t n) {
    // 2^64 mod n. Without the numbers below it, all remainders are equally likely.
    const std::uint64_t reject = (0 - n) % n;
    for (;;)
      if (const std::uint64_t r = next(); r >= reject) return r % n;
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
                     below(static_cast<std::uint64_t>((high - low).count()) + 1)));
  }

 private:
  static constexpr std::uint64_t rotate(std::uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
  }
  std::uint64_t state_[4];
};

}  // namespace swarm
