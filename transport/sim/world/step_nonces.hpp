// The nonces of a simulated host. Nobody reads or forges datagrams in the simulated network, so
// these nonces need not be hard to guess; each step has others.
#pragma once

#include "engine/node/outbox.hpp"

namespace swarm::sim {

class StepNonces final : public NonceSource {
 public:
  explicit StepNonces(std::uint64_t seed) : seed_(seed) {}
  std::array<std::uint8_t, 16> draw() override {
    const std::uint64_t words[2] = {seed_, ++steps_};
    std::array<std::uint8_t, sizeof words> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::uint8_t>(words[i / 8] >> (8 * (i % 8)));
    return bytes;
  }

 private:
  std::uint64_t seed_, steps_ = 0;
};

}  // namespace swarm::sim
