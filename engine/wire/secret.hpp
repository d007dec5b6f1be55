// The swarm's secret, which people keep as a line of text in a file.
#pragma once

#include <string_view>

#include "engine/node/operation.hpp"

namespace swarm::wire {

// The swarm's secret, from which the keys of all cluster datagrams are derived: BLAKE2b of all
// bytes of the text, 128 bits. BLAKE2b is keyed with a constant that nothing else uses, so no other
// use of the same text gives the same key. BLAKE2b is fast, so an attacker who has captured one
// datagram can test many guesses of the text against that datagram. So the text must be as hard to
// guess as a key: 16 random bytes, written as 32 hexadecimal digits, are enough.
Secret secret_from_text(std::string_view text);

// The next key of the connection ids, after `old` (R26): BLAKE2b of the old key and of the random
// number `chance`, keyed with the swarm's secret. Nobody outside the swarm can compute the key,
// even with the random number.
Secret next_secret(const Secret& swarm, const Secret& old, std::uint64_t chance);

// The key of the connection ids. A CONFIG does not carry the key itself, but the value from which
// the key is derived with the swarm's secret. So whoever reads a CONFIG without the swarm's secret
// cannot make ids.
Secret connection_key(const Secret& swarm, const Secret& in_config);

}  // namespace swarm::wire
