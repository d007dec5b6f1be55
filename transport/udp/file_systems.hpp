// What the disk below a folder is, and how much it still takes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace swarm::udp {

// Tells the file systems of a host from each other, also after a restart where they have an
// identity of their own; 0: it cannot be said. Of a folder that is missing: of the one above it.
std::uint64_t file_system_of(const std::filesystem::path& folder);

// A file has the same inode as long as it is there. Some file systems draw them anew at each mount.
bool inodes_last(const std::filesystem::path& folder);

// Bytes that this user may still write there; nothing: it cannot be said.
std::optional<std::uint64_t> free_bytes(const std::filesystem::path& folder);

}  // namespace swarm::udp
