// What a node shows to everybody gives away nothing that must not be guessed. The attacker of these
// tests knows all that a generator of chances can tell: it knows the chances' seed itself.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "tests/engine/base/words.hpp"

namespace swarm::test {

using Shown = std::vector<std::uint64_t>;

// The last eight bytes of an id or a key as a number.
template <std::size_t n>
std::uint64_t end_of(const std::array<std::uint8_t, n>& bytes) {
  static_assert(n >= sizeof(std::uint64_t));
  std::uint64_t word;
  std::memcpy(&word, bytes.data() + n - sizeof word, sizeof word);
  return word;
}

// `shows(draw)` returns what a node with this draw shows. Each value of it must depend on the
// entropy, and on nothing else.
template <class Shows>
void expect_that_only_entropy_counts(const Shows& shows) {
  const StartDraw draw = draw_of(5);
  StartDraw other_chance = draw, other_entropy = draw;
  other_chance.chance += 1;
  other_entropy.entropy = draw_of(6).entropy;
  const Shown own = shows(draw), guessed = shows(other_entropy);
  EXPECT_EQ(shows(other_chance), own);
  ASSERT_EQ(guessed.size(), own.size());
  for (std::size_t i = 0; i < own.size(); ++i) EXPECT_NE(guessed[i], own[i]) << i;
}

}  // namespace swarm::test
