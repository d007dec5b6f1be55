// Small files that are read whole: a configuration, a secret, a list of contents.
#pragma once

#include <tl/expected.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace swarm::udp {

// Its text, or the number of the error: EFBIG for more than `most` bytes, EISDIR for a folder, and
// not_a_file for a pipe, a socket or a device (but for /dev/null), which could make the reader wait
// for ever, or would be empty the second time.
constexpr int not_a_file = -1;
tl::expected<std::string, int> read_text_file(const std::filesystem::path& path, std::size_t most);
// What to do about that error: "there is no such file".
std::string why_unreadable(int error);

// Takes away the byte order mark that some editors put before a text of UTF-8. Of another encoding,
// whose text would be read as nonsense: a sentence about it; else empty.
std::string take_byte_order_mark(std::string_view& text);

std::string_view trimmed(std::string_view text);  // without blanks and line ends around it

}  // namespace swarm::udp
