// Reads small files as a whole: a configuration, a secret, a list of contents.
#pragma once

#include <tl/expected.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace swarm::udp {

// The file's text, or the number of the error. EFBIG: more than `most` bytes. EISDIR: a folder.
// not_a_file: a pipe, a socket or a device other than /dev/null; reading such a file could wait for
// ever, or find it empty the second time.
constexpr int not_a_file = -1;
tl::expected<std::string, int> read_text_file(const std::filesystem::path& path, std::size_t most);
// Describes that error and its remedy: "there is no such file".
std::string why_unreadable(int error);

// Removes the byte order mark that some editors put before UTF-8 text. If the text is in UTF-16,
// which would be read as nonsense, returns a sentence about it; otherwise empty.
std::string take_byte_order_mark(std::string_view& text);

std::string_view trimmed(std::string_view text);  // without blanks and line ends at both ends

}  // namespace swarm::udp
