// The identity of one request of one source. Its copies have the same identity: a copy is a
// retransmission, or a datagram that the network delivers twice.
#pragma once

#include <unordered_set>

#include "engine/node/registration_key.hpp"

namespace swarm {

struct RequestId {
  Endpoint from;
  MemberId through;        // the slave that relays it and waits for its own answer; zero: none
  std::uint64_t number{};  // request_number()
  friend bool operator==(const RequestId&, const RequestId&) = default;
};

struct RequestIdHash {
  std::uint64_t seed;
  std::size_t operator()(const RequestId& id) const {
    return mix(hash_of(id.from, seed ^ id.through.value) ^ id.number);
  }
};
using RequestIds = std::unordered_set<RequestId, RequestIdHash>;

}  // namespace swarm
