// Checks that an instance can make and write its data directory. If not, a sentence says why, and
// what to do. check-config and the start use the same sentences.
#pragma once

#include <filesystem>
#include <string>

namespace swarm::udp {

// Says why this process cannot make files in an existing folder; empty if it can. For example:
// "this user (number 1000) may not write there; give it to that user (chown), or start as another
// one".
std::string why_not_writable(const std::filesystem::path& folder);
// Says why this process cannot read and write an existing file; empty if it can.
std::string why_file_not_writable(const std::filesystem::path& file);

// Makes the directory if it is missing. Throws std::runtime_error if the directory or a database
// file in it cannot be written: "cannot use the data directory /a/b: " or "cannot use FILE: ", and
// the reason.
void make_data_directory(const std::filesystem::path& directory);
// Makes the same checks, but makes no directory. If the directory is missing, the nearest existing
// folder above it must be writable.
void check_data_directory(const std::filesystem::path& directory);

}  // namespace swarm::udp
