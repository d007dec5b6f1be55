// The identity of one request of one source. Its copies have the same: a retransmission, or a
// datagram that the network delivers twice.
#pragma once

#include <unordered_set>

#include "engine/node/registration_key.hpp"

namespace swarm {

struct Question {
  Endpoint from;
  MemberId through;        // the slave that relays it, which waits for an answer of its own
  std::uint64_t number{};  // question_number()
  friend bool operator==(const Question&, const Question&) = default;
};

struct QuestionHash {
  std::uint64_t seed;
  std::size_t operator()(const Question& q) const {
    return mix(hash_of(q.from, seed ^ q.through.value) ^ q.number);
  }
};
using Questions = std::unordered_set<Question, QuestionHash>;

}  // namespace swarm
