// Completes a datagram that a test has made or changed by hand.
#pragma once

#include <vector>

#include "engine/wire/cluster_protocol.hpp"

namespace swarm::test {

// The datagram is of the form outside of sessions, and lacks only its tag. Sets the length, and
// appends the tag.
inline void seal_whole(std::vector<std::uint8_t>& bytes, const wire::Seal& seal) {
  const auto size = bytes.size() + wire::tag_size;
  bytes.at(6) = static_cast<std::uint8_t>(size >> 8);
  bytes.at(7) = static_cast<std::uint8_t>(size);
  const bool death = wire::claims_to_be<wire::Dead>(bytes);
  seal.close(death ? wire::Seal::Purpose::death : wire::Seal::Purpose::member, bytes,
             wire::sealed_from);
}

}  // namespace swarm::test
