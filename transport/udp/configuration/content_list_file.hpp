// Reads a list of contents from a file. Each line has one info-hash of 40 hexadecimal digits. Blank
// lines, the text after a `#`, and a byte order mark at the beginning are ignored.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/types.hpp"

namespace swarm::udp {

// Returns the info-hashes in the order of the text. If a line is wrong, throws a ConfigurationError
// that begins with `FILE:LINE: `.
std::vector<InfoHash> parse_content_list(std::string_view text, const std::string& file);
// Reads and parses a file. If it cannot be read, throws a ConfigurationError that begins with
// `FILE: `.
std::vector<InfoHash> read_content_list(const std::filesystem::path& file);

}  // namespace swarm::udp
