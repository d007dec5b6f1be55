// How two processes agree on a session. Both know the secret of the swarm.
//
//   A -> B  OPEN       a nonce of A
//   B -> A  CHALLENGE  the nonce of A, B's time, a nonce of B
//   A -> B  PROVE      all three
//
// A nonce that comes back shows that the other process lives now, and that it can be reached at
// this address. B keeps nothing until the PROVE: its nonce is a keyed hash of what the PROVE must
// repeat. (The ideas are those of Noise, of WireGuard's cookies and of QUIC's address validation.)
// The keys of the session are derived from both nonces, so no two sessions have the same key.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/secrets.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm::handshake {

// The reading of a clock, which may be negative, in the same order.
inline std::uint64_t reading_of(Time time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count()) ^ (std::uint64_t{1} << 63);
}

struct Process {
  BootId boot;
  StoreId store;
};

// A new nonce for an OPEN. `drawn` comes from the start of the process, `now` from the system at
// this moment: a machine that continues from a copy of its memory must not draw the same nonce
// again, or a recorded CHALLENGE would fit it.
std::uint64_t open_nonce(const Drawn& key, std::uint64_t drawn, const wire::Nonce24& now);

// What a CHALLENGE repeats of an OPEN: its nonce, and between which addresses the two travelled. So
// nobody can pass on an OPEN from another address, or a CHALLENGE as if it came from another one.
std::uint64_t echo(const Secret& swarm, std::uint64_t open, const Endpoint& opener,
                   const Endpoint& challenger);

// The nonce in the CHALLENGE to an OPEN that came from `address`. `key`: of the challenger's
// process alone.
wire::Nonce16 challenge(const Drawn& key, std::uint64_t open, const Process& opener,
                        const Endpoint& address, std::uint64_t time);

struct Session {
  std::uint64_t id{};
  wire::SealingKey from_opener, from_challenger;
};
Session session(const Secret& swarm, wire::Cipher cipher, std::uint64_t open,
                const wire::Nonce16& challenge, const Process& opener, const Process& challenger);

// What a process tells in a handshake, so that its supervisor can prove its death later.
wire::Nonce16 hash_of_proof(const Drawn& proof);

}  // namespace swarm::handshake
