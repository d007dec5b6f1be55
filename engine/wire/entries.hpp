// The operations of a block that are those of the consensus; the grammar of all operations is in
// operations.hpp.
//
//   NOOP    the first of each term (R5); operations of the state machine may follow it
//   CONFIG  who is a member (R20); it stands alone in its block
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/node/block.hpp"

namespace swarm::wire {

// First byte of each.
enum class EntryKind : std::uint8_t {
  noop = 4,
  config = 5,
  rotated_config = 9,  // a CONFIG whose secrets were rotated
};

// Append one operation.
void encode(const Noop& noop, std::vector<std::uint8_t>& out);
void encode(const Config& config, std::vector<std::uint8_t>& out);
std::size_t encoded_size(const Config& config);

// The first byte of a block tells, without decoding the rest.
bool begins_with_config(Bytes operations);
// The CONFIG of a block that has nothing else; nothing when a byte of it is wrong.
std::optional<Config> decode_config(Bytes operations);
// What follows the first byte. Nothing when it makes no sense.
std::optional<Config> read_config(Reader& in, bool rotated);

}  // namespace swarm::wire
