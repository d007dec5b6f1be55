// The draws of the simulator that stand for those of an operating system's generator. All come from
// a keyed cryptographic hash of the run's seed, so that a simulated attacker cannot compute one
// from others.
#pragma once

#include "engine/base/secrets.hpp"
#include "transport/sim/actors/draw.hpp"

namespace swarm::sim {

inline Entropy entropy_of_run(std::uint64_t seed) {
  Entropy entropy;
  for (std::size_t i = 0; i < sizeof seed; ++i)
    entropy.bytes[i] = static_cast<std::uint8_t>(seed >> (8 * i));
  return entropy;
}

// What nobody may guess about a host (or a run: host 0) at one of its starts.
inline Drawn secret_of_run(std::uint64_t seed, SecretPurpose purpose, std::uint32_t host,
                           std::uint32_t start = 0) {
  return draw_secret(entropy_of_run(seed), purpose, std::uint64_t{host} << 32 | start);
}
inline std::uint64_t secret_number_of_run(std::uint64_t seed, SecretPurpose purpose,
                                          std::uint32_t host, std::uint32_t start) {
  return secret_number(entropy_of_run(seed), purpose, std::uint64_t{host} << 32 | start);
}

inline Entropy entropy_of_start(std::uint64_t seed, HostId host, std::uint32_t start) {
  return {secret_of_run(seed, SecretPurpose::start, host.value, start)};
}
inline StartDraw start_draw(std::uint64_t seed, HostId host, std::uint32_t start) {
  return {draw(seed, Draw::node_seed, host.value, start), entropy_of_start(seed, host, start)};
}

}  // namespace swarm::sim
