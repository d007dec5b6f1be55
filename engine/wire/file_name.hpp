// File names that others chose: checks whether every machine can store such a name and show it
// unchanged. A name is one component of a path.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace swarm::wire {

inline constexpr std::size_t longest_name = 255;   // bytes; NAME_MAX
inline constexpr std::size_t longest_path = 4095;  // bytes, with the '/' between names; PATH_MAX

// The length in bytes of the first UTF-8 character of `text`, or 0 if `text` does not begin with
// valid UTF-8. `text` must not be empty.
std::size_t utf8_character(std::string_view text);

struct BadByte {
  std::size_t at{};  // index of the byte, from 0
  std::uint8_t value{};
  std::string_view why;  // such as "a control character"
};
// The first byte that is no valid UTF-8, or that belongs to a control character (C0, DEL, C1).
std::optional<BadByte> bad_byte(std::string_view text);

// True if a folder can have an entry of this name: it is not empty, "." or "..", and has no '/' or
// NUL. So such a name never leads to another folder.
bool is_file_name(std::string_view name);

// Says what is wrong with a name. The text is the end of a sentence: "is no name of a file", "holds
// the byte 0x0a at position 3: a control character" (positions from 1), "has 300 bytes, and 255 are
// possible". Empty if the name is good.
std::string problem_of_name(std::string_view name);

// Makes a text that others chose fit for messages on any terminal. Returns its first 60 bytes, with
// ? for each byte that is not printable ASCII.
std::string shown_name(std::string_view text);

}  // namespace swarm::wire
