// Nonces that count the steps of a test.
#pragma once

#include "engine/node/outbox.hpp"

namespace swarm::test {

struct CountedNonces final : NonceSource {
  std::array<std::uint8_t, 16> draw() override {
    std::array<std::uint8_t, 16> bytes{};
    ++steps;
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(steps >> (8 * i));
    return bytes;
  }
  std::uint64_t steps = 0;
};

}  // namespace swarm::test
