// What the Peer Info Sender draws its random choices from, and the keys of its hashing.
#pragma once

#include <cstdint>

namespace swarm {

struct SenderKeys {
  std::uint64_t chance{};   // seeds the random choices, which clients may guess
  std::uint64_t hashing{};  // of requests and registrations; no client may guess it
  // Of the limits of errors. It is a key of its own, because clients can observe which sources
  // share a limit.
  std::uint64_t errors{};
};

}  // namespace swarm
