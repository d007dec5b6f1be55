// A list of contents as a file: an info-hash of 40 hexadecimal digits a line. Blank lines are
// nothing, nor is what follows a `#`, nor a byte order mark at the beginning.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/types.hpp"

namespace swarm::udp {

// In the order of the file. Throws ConfigurationError: `FILE:LINE: ` and what is wrong there.
std::vector<InfoHash> parse_content_list(std::string_view text, const std::string& file);
// Throws the same, or `FILE: ` and why it cannot be read.
std::vector<InfoHash> read_content_list(const std::filesystem::path& file);

}  // namespace swarm::udp
