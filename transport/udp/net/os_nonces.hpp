// The nonces of a real host, from the operating system.
#pragma once

#include "engine/node/outbox.hpp"
#include "transport/udp/system/os_random.hpp"

namespace swarm::udp {

class OsNonces final : public NonceSource {
 public:
  std::array<std::uint8_t, 16> draw() override { return os_random_bytes(); }
};

}  // namespace swarm::udp
