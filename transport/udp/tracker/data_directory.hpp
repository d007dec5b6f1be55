// Checks that the data directory of an instance can be made and written; otherwise says why not,
// and what to do. check-config, the start and later failures all use the same words.
#pragma once

#include <filesystem>
#include <string>

namespace swarm::udp {

// Why this process cannot make files in an existing folder; empty if it can. For example: "this
// user (number 1000) may not write there; chown it to that user, or start as another one".
std::string why_not_writable(const std::filesystem::path& folder);
// Why this process cannot write an existing file; empty if it can.
std::string why_file_not_writable(const std::filesystem::path& file);

// Makes the directory if it is missing. Throws std::runtime_error if the directory or a database
// file in it cannot be written: "cannot use the data directory /a/b: " and why.
void make_data_directory(const std::filesystem::path& directory);
// Checks the same, but makes nothing: the nearest existing folder must be writable.
void check_data_directory(const std::filesystem::path& directory);

}  // namespace swarm::udp
