#include "transport/udp/file_systems.hpp"

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <bit>
#include <iterator>

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

fs::path nearest(fs::path folder) {
  std::error_code error;
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

}  // namespace

// Its own identity is made of the UUID by most; a device's number may be another one next time.
std::uint64_t file_system_of(const fs::path& folder) {
  const auto there = nearest(folder);
  struct statfs system {};
  if (::statfs(there.c_str(), &system) == 0)
    if (const auto identity = std::bit_cast<std::uint64_t>(system.f_fsid); identity != 0)
      return identity;
  struct stat status {};
  return ::stat(there.c_str(), &status) == 0 ? status.st_dev : 0;
}

bool inodes_last(const fs::path& folder) {
  constexpr decltype(statfs::f_type) drawn[] = {
      0x4d44,      // FAT
      0x2011bab0,  // exFAT
      0x65735546,  // FUSE
      0x517b,      // SMB
      0xfe534d42,  // SMB 2
      0xff534d42,  // CIFS
      0x01021997,  // 9P
  };
  struct statfs system {};
  return ::statfs(nearest(folder).c_str(), &system) == 0 &&
         std::find(std::begin(drawn), std::end(drawn), system.f_type) == std::end(drawn);
}

std::optional<std::uint64_t> free_bytes(const fs::path& folder) {
  struct statvfs system {};
  if (::statvfs(nearest(folder).c_str(), &system) != 0 || system.f_blocks == 0) return std::nullopt;
  return std::uint64_t{system.f_bavail} * system.f_frsize;
}

}  // namespace swarm::udp
