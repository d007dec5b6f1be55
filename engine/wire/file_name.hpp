// Names of files that others chose: which of them can be written on every machine and shown as they
// are. A name is one component of a path.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace swarm::wire {

inline constexpr std::size_t longest_name = 255;   // bytes; NAME_MAX
inline constexpr std::size_t longest_path = 4095;  // bytes, with what joins the names; PATH_MAX

// Bytes of the UTF-8 character at the beginning of a text that is not empty; 0: there is none.
std::size_t utf8_character(std::string_view text);

struct BadByte {
  std::size_t at{};  // from 0
  std::uint8_t value{};
  std::string_view why;  // "a control character"
};
// The first byte that is no UTF-8 or is of a control character (C0, DEL, C1).
std::optional<BadByte> bad_byte(std::string_view text);

// Of something in a folder, and of no other folder: not empty, ".", "..", no '/' nor NUL in it.
bool is_file_name(std::string_view name);

// What is wrong with a name, as the rest of a sentence: "is no name of a file", "holds the byte
// 0x0a at position 3: a control character" (positions from 1), "has 300 bytes, and 255 are
// possible". Empty: nothing is.
std::string problem_of_name(std::string_view name);

// A text of others as any terminal can show it, in sentences: its first 60 bytes, with ? for what
// is no printable ASCII.
std::string shown_name(std::string_view text);

}  // namespace swarm::wire
