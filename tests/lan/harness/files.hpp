// Makes and compares the files of contents.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace swarm::lan {

// Writes pseudo-random bytes, which are the same for the same size. `size` must be a whole number
// of mebibytes.
void write_random(const std::filesystem::path& file, std::uint64_t size);

// Returns how many bytes have disk space; holes have none. Returns 0 if there is no such file.
std::uint64_t bytes_on_disk(const std::filesystem::path& file);

// Returns the hash in hexadecimal. Throws std::runtime_error if the file cannot be read.
std::string sha256(const std::filesystem::path& file);
bool equal_files(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace swarm::lan
