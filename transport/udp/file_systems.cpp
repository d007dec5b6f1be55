#include "transport/udp/file_systems.hpp"

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <bit>

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

std::optional<std::uint64_t> free_bytes(const fs::path& folder) {
  struct statvfs system {};
  if (::statvfs(nearest(folder).c_str(), &system) != 0 || system.f_blocks == 0) return std::nullopt;
  return std::uint64_t{system.f_bavail} * system.f_frsize;
}

}  // namespace swarm::udp
