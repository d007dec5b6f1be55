// Keyed randomness: each draw is a hash of the seed, the thing that is decided and the purpose. It
// is never the next number of a stream, so an additional draw changes no other draw. That makes it
// possible to shrink failing scenarios and to compare two seeds. All arithmetic is on integers, so
// every build draws the same values.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/clock.hpp"
#include "engine/base/random.hpp"
#include "transport/sim/world/models.hpp"

namespace swarm::sim {

__extension__ using Wide = unsigned __int128;

enum class Purpose : std::uint64_t {
  latency = 1,
  loss,
  duplicate,
  duplicate_latency,
  corrupt,
  corrupt_place,
  reorder,
  reorder_delay,
  burst,
  burst_length,
  sync,
  resume,
  model,
  store_sync,
  store_crash,
};

// Makes all random decisions about one thing, such as a datagram on a link, a sync or a run.
class Draws {
 public:
  constexpr Draws(std::uint64_t seed, std::uint64_t thing, std::uint64_t number)
      : key_(mix(mix(seed ^ mix(thing)) + number)) {}

  constexpr std::uint64_t word(Purpose purpose) const {
    return mix(key_ ^ (static_cast<std::uint64_t>(purpose) * 0xd1342543de82ef95));
  }
  constexpr std::uint64_t below(Purpose purpose, std::uint64_t n) const {
    return static_cast<std::uint64_t>((Wide{word(purpose)} * n) >> 64);
  }
  constexpr bool chance(Purpose purpose, Ppm ppm) const {
    return ppm != 0 && below(purpose, 1'000'000) < ppm;
  }

 private:
  std::uint64_t key_;
};

// Maps a uniform word to a value of the exponential distribution with mean 1, in units of 2^-24. It
// interpolates linearly in a table of 1,024 quantiles. If the word falls in the last cell, it adds
// the value at which that cell begins, and draws again. This is exact, because the distribution is
// memoryless.
class ExponentialTable {
 public:
  static constexpr int unit_bits = 24;
  constexpr ExponentialTable() {
    for (std::uint64_t i = 0; i < cells; ++i) quantiles_[i] = ten_ln2 - ln(cells - i);
    quantiles_[cells] = quantiles_[cells - 1];  // never read: the last cell draws again
  }
  constexpr std::uint64_t operator()(std::uint64_t word) const {
    std::uint64_t begin = 0;
    while (word >> 54 == cells - 1 && begin < 4 * ten_ln2) {
      begin += quantiles_[cells - 1];
      word = mix(word);
    }
    const std::uint64_t cell = word >> 54;
    if (cell == cells - 1) return begin;
    const std::uint64_t part = word >> 30 & ((1u << unit_bits) - 1);
    const std::uint64_t low = quantiles_[cell];
    return begin + low + ((quantiles_[cell + 1] - low) * part >> unit_bits);
  }

 private:
  static constexpr std::uint64_t cells = 1024;
  static constexpr std::uint64_t ln2 = 2'977'044'472;  // in 2^-32
  static constexpr std::uint64_t ten_ln2 = (std::uint64_t{10} << unit_bits) * ln2 >> 32;

  // The natural logarithm of an integer in [1, 1024], in units of 2^-24. It computes the binary
  // logarithm bit by bit, by squaring.
  static constexpr std::uint64_t ln(std::uint64_t x) {
    std::uint64_t log2 = 0;
    while (x >> (log2 + 1) != 0) ++log2;
    std::uint64_t mantissa = (x << 30) >> log2;  // in [1, 2), in 2^-30
    for (int bit = 0; bit < unit_bits; ++bit) {
      mantissa = mantissa * mantissa >> 30;
      log2 <<= 1;
      if (mantissa >> 31 != 0) {
        mantissa >>= 1;
        log2 |= 1;
      }
    }
    return log2 * ln2 >> 32;
  }

  std::array<std::uint64_t, cells + 1> quantiles_{};
};
inline constexpr ExponentialTable exponential;

// Draws values of a Delay (models.hpp). If the Delay has a mean, the exponential tail has the mean
// `mean - min`. If max is below min, nothing is cut at max.
class DelayDraw {
 public:
  DelayDraw() = default;
  explicit DelayDraw(const Delay& delay)
      : min_(delay.min.count() > 0 ? static_cast<std::uint64_t>(delay.min.count()) : 0) {
    const auto max = delay.max.count() > 0 ? static_cast<std::uint64_t>(delay.max.count()) : 0;
    if (delay.mean) {
      const auto mean = static_cast<std::uint64_t>(delay.mean->count());
      mean_tail_ = delay.mean->count() > 0 && mean > min_ ? mean - min_ : 0;
      most_ = max >= min_ ? max - min_ : ~std::uint64_t{0} >> 2;
      width_ = 0;
    } else {
      width_ = max > min_ ? max - min_ + 1 : 1;
    }
  }
  Duration operator()(std::uint64_t word) const {
    return Duration(static_cast<std::int64_t>(min_ + (width_ != 0 ? uniform(word) : tail(word))));
  }

 private:
  std::uint64_t uniform(std::uint64_t word) const {
    return static_cast<std::uint64_t>((Wide{word} * width_) >> 64);
  }
  std::uint64_t tail(std::uint64_t word) const {
    const Wide drawn = (Wide{mean_tail_} * exponential(word)) >> ExponentialTable::unit_bits;
    return drawn < most_ ? static_cast<std::uint64_t>(drawn) : most_;
  }

  std::uint64_t min_ = 0;
  std::uint64_t width_ = 1;  // the number of values of a uniform delay; 0: it is exponential
  std::uint64_t mean_tail_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace swarm::sim
