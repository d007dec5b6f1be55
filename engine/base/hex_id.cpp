#include "engine/base/hex_id.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace swarm::udp {
namespace {

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

Parsed<std::array<std::uint8_t, 20>> parse_hex_id(std::string_view kind, std::string_view text) {
  std::array<std::uint8_t, 20> bytes{};
  for (std::size_t i = 0; i < std::min(text.size(), hash_digits); ++i) {
    const auto digit = hex_digit(text[i]);
    if (!digit)
      return tl::unexpected(
          fmt::format("`{}` is no {}: character {} is `{}`, only 0-9 and a-f are hexadecimal "
                      "digits",
                      text, kind, i + 1, text[i]));
    bytes[i / 2] = static_cast<std::uint8_t>(bytes[i / 2] << 4 | *digit);
  }
  if (text.size() == hash_digits) return bytes;
  return tl::unexpected(fmt::format("`{}` is no {}: it has {} characters, not {}", text, kind,
                                    text.size(), hash_digits));
}

}  // namespace swarm::udp
