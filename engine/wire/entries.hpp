// The operations that the consensus itself puts into blocks. operations.hpp has the grammar of all
// operations.
//
//   NOOP    the first operation of each term (R5); operations of the state machine may follow it
//   CONFIG  the members (R20); it is the only operation of its block
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/node/block.hpp"

namespace swarm::wire {

// The first byte of each operation.
enum class EntryKind : std::uint8_t {
  noop = 4,
  config = 5,
  rotated_config = 9,  // a CONFIG whose secrets were rotated
};

// Append one operation to `out`.
void encode(const Noop& noop, std::vector<std::uint8_t>& out);
void encode(const Config& config, std::vector<std::uint8_t>& out);
std::size_t encoded_size(const Config& config);

// True if the first operation is a CONFIG. Looks at the first byte only.
bool begins_with_config(Bytes operations);
// Decodes a block that has only a CONFIG. Returns nothing if any byte is wrong.
std::optional<Config> decode_config(Bytes operations);
// Reads the rest of a CONFIG after its first byte. `rotated`: the first byte was rotated_config.
// Returns nothing if any byte is wrong.
std::optional<Config> read_config(Reader& in, bool rotated);

}  // namespace swarm::wire
