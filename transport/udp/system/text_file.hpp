// Reads small files as a whole: a configuration, a secret, a list of contents.
#pragma once

#include <tl/expected.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace swarm::udp {

// Returns the file's text, or an error number: EFBIG if the file has more than `most` bytes, EISDIR
// if it is a folder, not_a_file if it is a pipe, a socket or a device other than /dev/null. Such a
// file is not read, because a read could wait for ever, or a second read could find it empty.
constexpr int not_a_file = -1;
tl::expected<std::string, int> read_text_file(const std::filesystem::path& path, std::size_t most);
// Describes an error of read_text_file() and its remedy, as the end of a sentence about the file:
// "there is no such file".
std::string why_unreadable(int error);

// Removes the byte order mark that some editors put before UTF-8 text. Returns a sentence about the
// mistake if the text is in UTF-16, which would be parsed as nonsense; otherwise returns "".
std::string take_byte_order_mark(std::string_view& text);

// Returns the text without blanks and line ends at its beginning and end.
std::string_view trimmed(std::string_view text);

}  // namespace swarm::udp
