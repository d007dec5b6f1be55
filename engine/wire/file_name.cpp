#include "engine/wire/file_name.hpp"

#include <fmt/format.h>

namespace swarm::wire {
namespace {

constexpr std::string_view control = "a control character", no_utf8 = "no UTF-8";

constexpr unsigned char byte_of(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// `character` is one whole UTF-8 character. Returns the index of its last byte if it is a control
// character.
std::optional<std::size_t> control_byte(std::string_view character) {
  const unsigned char lead = byte_of(character, 0);
  if (lead < 0x20 || lead == 0x7f) return 0;
  if (character.size() == 2 && lead == 0xc2 && byte_of(character, 1) < 0xa0) return 1;
  return {};
}

}  // namespace

std::size_t utf8_character(std::string_view text) {
  const unsigned char lead = byte_of(text, 0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte_of(text, i) & 0xc0) != 0x80) return 0;
  const unsigned char second = byte_of(text, 1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool beyond = (lead == 0xed && second >= 0xa0) || (lead == 0xf4 && second >= 0x90);
  return overlong || beyond ? 0 : length;
}

std::optional<BadByte> bad_byte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_character(text.substr(at));
    if (length == 0) return BadByte{at, byte_of(text, at), no_utf8};
    if (const auto within = control_byte(text.substr(at, length)))
      return BadByte{at + *within, byte_of(text, at + *within), control};
    at += length;
  }
  return {};
}

bool is_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == name.npos;
}

std::string problem_of_name(std::string_view name) {
  if (!is_file_name(name)) return "is no name of a file";
  if (const auto bad = bad_byte(name))
    return fmt::format("holds the byte 0x{:02x} at position {}: {}", bad->value, bad->at + 1,
                       bad->why);
  if (name.size() > longest_name)
    return fmt::format("has {} bytes, and {} are possible", name.size(), longest_name);
  return {};
}

std::string shown_name(std::string_view text) {
  constexpr std::size_t most = 60;
  std::string shown;
  for (const char c : text.substr(0, most)) shown += c >= ' ' && c <= '~' ? c : '?';
  return shown + (text.size() > most ? "..." : "");
}

}  // namespace swarm::wire
