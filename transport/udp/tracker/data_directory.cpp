#include "transport/udp/tracker/data_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "engine/base/disk_trouble.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

// The least free space, in bytes. Even empty databases do not fit into less.
constexpr std::uint64_t least_room = 64 << 10;

std::string remedy(int error) {
  if (const auto trouble = db::disk_trouble(error); !trouble.empty()) return std::string(trouble);
  switch (error) {
    case EACCES:
    case EPERM:
      return fmt::format(
          "this user (number {}) may not write there; give it to that user (chown), or start as "
          "another one",
          ::geteuid());
    case ENOTDIR:
      return "a part of this path is a file, not a folder; move that away, or name another folder";
    case ENOENT:
      return "it is not there";
    default:
      return std::generic_category().message(error);
  }
}

std::string why_not(const fs::path& path, int mode) {
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0 ? "" : remedy(errno);
}

std::string why_full(const fs::path& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return remedy(errno);
  if (disk.f_blocks == 0) return "";  // some file systems report no sizes
  const auto blocks = ::geteuid() == 0 ? disk.f_bfree : disk.f_bavail;
  return std::uint64_t{blocks} * disk.f_frsize < least_room ? remedy(ENOSPC) : "";
}

[[noreturn]] void fail(const fs::path& directory, const std::string& why) {
  throw std::runtime_error(
      fmt::format("cannot use the data directory {}: {}", directory.string(), why));
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

void check_files(const fs::path& directory) {
  for (const auto* const name : {"tracker.db", "tracker.db-wal", "ballot.db", "ballot.db-wal"}) {
    const fs::path file = directory / name;
    if (!is_there(file)) continue;
    if (const auto why = why_file_not_writable(file); !why.empty())
      throw std::runtime_error(fmt::format("cannot use {}: {}", file.string(), why));
  }
}

}  // namespace

std::string why_not_writable(const fs::path& folder) {
  std::error_code error;
  const auto what = fs::status(folder, error);
  if (error) return remedy(error.value());
  if (!fs::is_directory(what)) return remedy(ENOTDIR);
  if (auto why = why_not(folder, W_OK | X_OK); !why.empty()) return why;
  return why_full(folder);
}

std::string why_file_not_writable(const fs::path& file) {
  return why_not(file, R_OK | W_OK);
}

void make_data_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error && !is_there(directory)) fail(directory, remedy(error.value()));
  if (const auto why = why_not_writable(directory); !why.empty()) fail(directory, why);
  check_files(directory);
}

void check_data_directory(const fs::path& directory) {
  fs::path there = fs::absolute(directory);
  while (!is_there(there) && there.has_relative_path()) there = there.parent_path();
  if (const auto why = why_not_writable(there); !why.empty()) fail(directory, why);
  check_files(directory);
}

}  // namespace swarm::udp
