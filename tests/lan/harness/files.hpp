// Files that contents are made of.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace swarm::lan {

// The same bytes for the same size, a whole number of mebibytes.
void write_random(const std::filesystem::path& file, std::uint64_t size);

// How much of it was written: a hole in a sparse file takes up nothing. None: zero.
std::uint64_t bytes_on_disk(const std::filesystem::path& file);

// Hexadecimal. Throws std::runtime_error: it cannot be read.
std::string sha256(const std::filesystem::path& file);
bool equal_files(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace swarm::lan
