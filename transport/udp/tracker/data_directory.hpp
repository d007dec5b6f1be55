// The data directory of an instance: that it can be made and written, or why not and what to do.
// The same words for check-config, the start, and what fails later.
#pragma once

#include <filesystem>
#include <string>

namespace swarm::udp {

// Why this process cannot make files in a folder that is there; empty: it can.
// "this user (number 1000) may not write there; chown it to that user, or start as another one".
std::string why_not_writable(const std::filesystem::path& folder);
// The same of a file that is there already.
std::string why_file_not_writable(const std::filesystem::path& file);

// Makes it if it is missing. Throws std::runtime_error: "cannot use the data directory /a/b: " and
// why; so it does for a database file in it that cannot be written.
void make_data_directory(const std::filesystem::path& directory);
// The same, but makes nothing: the nearest folder that is there must take it.
void check_data_directory(const std::filesystem::path& directory);

}  // namespace swarm::udp
