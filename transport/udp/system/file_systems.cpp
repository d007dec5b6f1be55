#include "transport/udp/system/file_systems.hpp"

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <string_view>

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

fs::path nearest(fs::path folder) {
  std::error_code error;
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

using Kind = decltype(statfs::f_type);

template <std::size_t n>
bool is_one_of(const Kind (&kinds)[n], Kind kind) {
  return std::find(std::begin(kinds), std::end(kinds), kind) != std::end(kinds);
}

// Returns the topmost folder on the path to `folder` that is on the same device as `folder`.
fs::path mount_point_of(const fs::path& folder) {
  std::error_code error;
  fs::path at = fs::weakly_canonical(folder, error);
  if (error) at = folder;
  struct stat here {
  }, above{};
  if (::stat(at.c_str(), &here) != 0) return at;
  while (at.has_relative_path() && ::stat(at.parent_path().c_str(), &above) == 0 &&
         above.st_dev == here.st_dev)
    at = at.parent_path();
  return at;
}

// FNV-1a; never 0.
std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = 0xcbf29ce484222325 ^ seed;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return std::max<std::uint64_t>(hash, 1);
}

}  // namespace

// Only the file systems in `lasting` keep their f_fsid. Others draw a new f_fsid at each mount, or
// make it from the number of the device, which changes when the device is plugged in again.
std::uint64_t file_system_of(const fs::path& folder) {
  constexpr Kind lasting[] = {
      0xef53,      // ext2, ext3, ext4; f_fsid is made from the UUID, as in the three below
      0x9123683e,  // btrfs
      0x2fc12fc1,  // ZFS
      0xca451a4e,  // bcachefs
  };
  const auto there = nearest(folder);
  struct statfs system {};
  if (::statfs(there.c_str(), &system) != 0) return 0;
  const auto identity = std::bit_cast<std::uint64_t>(system.f_fsid);
  if (is_one_of(lasting, system.f_type) && identity != 0) return identity;
  return hash_of(mount_point_of(there).string(), static_cast<std::uint64_t>(system.f_type));
}

bool inodes_last(const fs::path& folder) {
  constexpr Kind drawn[] = {
      0x4d44,      // FAT
      0x2011bab0,  // exFAT
      0x65735546,  // FUSE
      0x517b,      // SMB
      0xfe534d42,  // SMB 2
      0xff534d42,  // CIFS
      0x01021997,  // 9P
  };
  struct statfs system {};
  return ::statfs(nearest(folder).c_str(), &system) == 0 && !is_one_of(drawn, system.f_type);
}

std::optional<Room> room_in(const fs::path& folder) {
  constexpr Kind compressing[] = {
      0x9123683e,  // btrfs
      0x2fc12fc1,  // ZFS
      0xca451a4e,  // bcachefs
      0xf2f52010,  // F2FS
  };
  const auto there = nearest(folder);
  struct statvfs system {};
  struct statfs kind {};
  if (::statvfs(there.c_str(), &system) != 0 || system.f_blocks == 0) return std::nullopt;
  if (::statfs(there.c_str(), &kind) != 0) return std::nullopt;
  return Room{std::uint64_t{system.f_bavail} * system.f_frsize,
              !is_one_of(compressing, kind.f_type)};
}

}  // namespace swarm::udp
