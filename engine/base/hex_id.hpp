// An id of 20 bytes (an info-hash, a peer's id) as people write it, in hexadecimal.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/base/quantity.hpp"

namespace swarm::udp {

constexpr std::size_t hash_digits = 40;

// Reads exactly 40 hexadecimal digits, in upper or lower case. The error is a sentence that quotes
// `text` and names the first wrong character, or the wrong length. `kind` is the name of the id in
// that sentence, such as "info-hash".
Parsed<std::array<std::uint8_t, 20>> parse_hex_id(std::string_view kind, std::string_view text);

}  // namespace swarm::udp
