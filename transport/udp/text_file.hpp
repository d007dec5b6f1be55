// Small files that are read whole: a configuration, a secret, a list of contents.
#pragma once

#include <tl/expected.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace swarm::udp {

// Its text, or the number of the error: EFBIG for more than `most` bytes. Directories and the like
// have none.
tl::expected<std::string, int> read_text_file(const std::filesystem::path& path, std::size_t most);
// What to do about that error: "there is no such file".
std::string why_unreadable(int error);

std::string_view trimmed(std::string_view text);  // without blanks and line ends around it

}  // namespace swarm::udp
