// Whole random words for tests, which have nothing to hide, and draws for nodes under test.
#pragma once

#include "engine/base/random.hpp"
#include "engine/base/secrets.hpp"

namespace swarm::test {

struct Words : Random {
  using Random::next;
  using Random::Random;
};

inline StartDraw draw_of(std::uint64_t seed) {
  return {seed, {draw_secret({}, SecretPurpose::start, seed)}};
}

}  // namespace swarm::test
