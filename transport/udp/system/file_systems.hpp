// Properties of the file system that holds a folder: its identity, whether its inodes last, and its
// free space. If the folder does not exist, each function uses the nearest existing folder above.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace swarm::udp {

// Returns a number that identifies the file system of a folder, even after a restart of this host.
// The number is the file system's ID if that ID outlasts a mount; otherwise it is made from the
// file system's type and mount point. Returns 0 if it cannot be determined.
std::uint64_t file_system_of(const std::filesystem::path& folder);

// True if a file keeps its inode number for its whole life. Some file systems assign new inode
// numbers at each mount.
bool inodes_last(const std::filesystem::path& folder);

struct Room {
  std::uint64_t bytes{};  // free bytes for this user
  bool exact{};           // false if the file system compresses, so that more data may fit
};
// Returns the free space, or nullopt if it cannot be determined.
std::optional<Room> room_in(const std::filesystem::path& folder);

}  // namespace swarm::udp
