// The key of a registration: a content and a peer.
#pragma once

#include <cstring>

#include "engine/base/random.hpp"
#include "engine/base/types.hpp"

namespace swarm {

struct RegistrationKey {
  InfoHash content;
  Endpoint peer;
  friend bool operator==(const RegistrationKey&, const RegistrationKey&) = default;
};

// Mixes in the seed before the endpoint. So a client that does not know the seed cannot choose
// endpoints with equal hashes. If the seed came last, such a client could: mix() can be inverted,
// and the owner of a /64 has enough addresses.
inline std::uint64_t hash_of(const Endpoint& peer, std::uint64_t seed) {
  if (peer.ip.is_v4()) return mix((std::uint64_t{peer.ip.v4()} << 16 | peer.port) ^ seed);
  return mix(mix(mix(peer.ip.high() ^ seed) ^ peer.ip.low()) ^ peer.port);
}

// For the hash containers of the standard library.
struct KeyHash {
  std::uint64_t seed;
  std::size_t operator()(const Endpoint& peer) const { return hash_of(peer, seed); }
  std::size_t operator()(const RegistrationKey& key) const {
    std::uint64_t words[3]{};
    std::memcpy(words, key.content.bytes.data(), key.content.bytes.size());
    std::uint64_t h = (*this)(key.peer);
    for (const auto word : words) h = mix(h ^ word);
    return h;
  }
};

}  // namespace swarm
