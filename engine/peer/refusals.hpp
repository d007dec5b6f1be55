// Counts what a peer refused for one content, by reason: other peers that said hello, and addresses
// that trackers named.
#pragma once

#include <cstdint>

namespace swarm {

struct Refusals {
  std::uint64_t full = 0;           // hellos: no session was free
  std::uint64_t address_share = 0;  // hellos and named addresses: the address has its share already
  std::uint64_t banned = 0;         // hellos of peers that have sent wrong bytes
  std::uint64_t no_peer = 0;        // named addresses: no other peer can be there
  std::uint64_t too_many = 0;       // named addresses: too many wait to be called
};

}  // namespace swarm
