// An id of 20 bytes as people write it, in hexadecimal: an info-hash, a peer's id.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/base/quantity.hpp"

namespace swarm::udp {

constexpr std::size_t hash_digits = 40;

// From 40 hexadecimal digits of either case. Else a sentence that says what is wrong with which of
// them; `kind`: what they are.
Parsed<std::array<std::uint8_t, 20>> parse_hex_id(std::string_view kind, std::string_view text);

}  // namespace swarm::udp
