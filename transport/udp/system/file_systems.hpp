// The file system below a folder: its identity, and its free space.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace swarm::udp {

// A number that identifies the file system of a folder, also after a restart. It is made from the
// file system's own identity if that lasts, otherwise from its kind and mount point. If the folder
// is missing, the folder above counts. 0 if it cannot be determined.
std::uint64_t file_system_of(const std::filesystem::path& folder);

// Whether a file keeps its inode as long as it exists. Some file systems draw inodes anew at each
// mount.
bool inodes_last(const std::filesystem::path& folder);

struct Room {
  std::uint64_t bytes{};  // free bytes for this user
  bool exact{};           // false if the file system compresses and may take more
};
// none if it cannot be determined
std::optional<Room> room_in(const std::filesystem::path& folder);

}  // namespace swarm::udp
