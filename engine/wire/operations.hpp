// The operations of a block, one after another:
//
//   operation := 1 REGISTER  info_hash 20  ip 4  port 2  state 1
//              | 2 REMOVE    info_hash 20  ip 4  port 2
//              | 3 EXPIRE    n 1  n x (ip 4  port 2)
//              | 4 NOOP
//              | 5 CONFIG    ready 1  next_id 4  current_secret 16  previous_secret 16
//                            n 1  n x (id 4  store 8  standing 1  in_sync 1  ip 4  port 2)
//              | 6 REGISTER6, 7 REMOVE6, 8 EXPIRE6: of IPv6 peers, with ip 16
//              | 9 CONFIG    as 5, and after previous_secret: secret_since 8 (microseconds)
//
// The kind is one byte. Integers are big-endian. state: 0 leecher, 1 seeder, 2 a seeder that has
// just completed its download. Kinds 6 to 9 and state 2 came with a later version. A CONFIG whose
// secret was never rotated is of kind 5, so that members of the previous version can read it.
#pragma once

#include <functional>
#include <optional>

#include "engine/node/operation.hpp"

namespace swarm::wire {

// Appends one operation, which takes encoded_size(operation) bytes.
void encode(const Operation& operation, std::vector<std::uint8_t>& out);
std::size_t encoded_size(const Operation& operation);

// Returns all operations of a block, or nothing if any byte is wrong.
std::optional<std::vector<Operation>> decode_operations(Bytes bytes);

}  // namespace swarm::wire
