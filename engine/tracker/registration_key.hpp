// What a change is about: a peer and a content.
#pragma once

#include <cstring>

#include "engine/random.hpp"
#include "engine/types.hpp"

namespace swarm {

struct RegistrationKey {
  InfoHash content;
  Endpoint peer;
  friend bool operator==(const RegistrationKey&, const RegistrationKey&) = default;
};

// For hashing. No two IPv4 endpoints have the same.
inline std::uint64_t packed(const Endpoint& peer) {
  if (peer.ip.is_v4()) return std::uint64_t{peer.ip.v4()} << 16 | peer.port;
  return mix(mix(mix(peer.ip.high()) ^ peer.ip.low()) ^ peer.port);
}

// For the standard's hash containers; seeded, so that nobody can choose keys that collide.
struct KeyHash {
  std::uint64_t seed;
  std::size_t operator()(const Endpoint& peer) const { return mix(packed(peer) ^ seed); }
  std::size_t operator()(const RegistrationKey& key) const {
    std::uint64_t words[3]{};
    std::memcpy(words, key.content.bytes.data(), key.content.bytes.size());
    std::uint64_t h = (*this)(key.peer);
    for (const auto word : words) h = mix(h ^ word);
    return h;
  }
};

}  // namespace swarm
