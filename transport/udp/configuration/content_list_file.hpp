// Reads a list of contents from a file: one info-hash of 40 hexadecimal digits per line. Ignores
// blank lines, the text after a `#`, and a byte order mark at the beginning.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/types.hpp"

namespace swarm::udp {

// Keeps the order of the file. Throws ConfigurationError with `FILE:LINE: ` and the mistake.
std::vector<InfoHash> parse_content_list(std::string_view text, const std::string& file);
// Throws like parse_content_list(), or with `FILE: ` and why the file cannot be read.
std::vector<InfoHash> read_content_list(const std::filesystem::path& file);

}  // namespace swarm::udp
