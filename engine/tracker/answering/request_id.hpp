// The identity of a request. All copies of a request have the same identity. A copy is a
// retransmission, or a datagram that the network has delivered twice.
#pragma once

#include <unordered_set>

#include "engine/node/registration_key.hpp"

namespace swarm {

struct RequestId {
  Endpoint from;
  MemberId through;        // the slave that relayed it, and that waits for an answer; zero: none
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
