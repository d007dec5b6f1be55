// The swarm's secret as people keep it: a line of text in a file.
#pragma once

#include <string_view>

#include "engine/node/operation.hpp"

namespace swarm::wire {

// The key of the MAC of every cluster datagram: BLAKE2b of all bytes of the text, 128 bits, under a
// context of its own, so that no other use of the same text gives the same key. It is not slow on
// purpose: who captures one datagram can try texts against it, so the text must be as hard to guess
// as a key (16 random bytes as 32 hexadecimal digits do).
Secret secret_from_text(std::string_view text);

// What connection ids are made with after `old` (R26): BLAKE2b, keyed with the swarm's secret, of
// the old secret and a number drawn by chance. Nobody outside can tell it, even from that number.
Secret next_secret(const Secret& swarm, const Secret& old, std::uint64_t chance);

}  // namespace swarm::wire
