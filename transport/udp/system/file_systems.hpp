// What the disk below a folder is, and how much it still takes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace swarm::udp {

// Tells the file systems of a host from each other, also after a restart: by an identity of their
// own, and where they have none that lasts by their kind and the place where they are mounted. Of a
// folder that is missing: of the one above it. 0: it cannot be said.
std::uint64_t file_system_of(const std::filesystem::path& folder);

// A file has the same inode as long as it is there. Some file systems draw them anew at each mount.
bool inodes_last(const std::filesystem::path& folder);

struct Room {
  std::uint64_t bytes{};  // that this user may still write
  bool exact{};           // not so where the file system compresses: more may go into it
};
std::optional<Room> room_in(const std::filesystem::path& folder);  // nothing: it cannot be said

}  // namespace swarm::udp
