#include "transport/udp/content_store/content_layout.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "engine/wire/file_name.hpp"
#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using Link = Metainfo::Link;

std::string words_of(const Link& link) {
  return fs::path(link.target).lexically_relative(fs::path(link.path).parent_path()).string();
}

// What is at the path of a link: nothing, the link itself, one of the EmptyFiles, or anything else.
enum class Place { free, link, empty, other };

bool is_of(const EmptyFiles& empty, const Link& link, const struct stat& status) {
  const auto changed = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  return S_ISREG(status.st_mode) && status.st_size == 0 && status.st_nlink == 1 &&
         std::any_of(empty.begin(), empty.end(), [&](const db::FileMark& mark) {
           return mark.path == link.path && mark.size == 0 && mark.made &&
                  mark.changed_ns == changed && (mark.inode == 0 || mark.inode == status.st_ino);
         });
}

Place place_of(const Link& link, const fs::path& directory, const EmptyFiles& empty) {
  const Descriptor folder = open_folder_of(directory, link.path);
  if (!folder) return Place::free;
  const std::string name(last_part(link.path)), wanted = words_of(link);
  struct stat status {};
  if (::fstatat(folder.number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return Place::free;
    throw_file_error("look at", directory / link.path);
  }
  if (is_of(empty, link, status)) return Place::empty;
  if (!S_ISLNK(status.st_mode)) return Place::other;
  std::string words(wanted.size() + 1, '\0');  // one byte more than wanted, to notice a longer text
  const auto size = ::readlinkat(folder.number(), name.c_str(), words.data(), words.size());
  if (size < 0) throw_file_error("look at", directory / link.path);
  words.resize(static_cast<std::size_t>(size));
  return words == wanted ? Place::link : Place::other;
}

void refuse_long_path(const fs::path& directory, const std::string& path) {
  const std::size_t size = (directory / path).native().size();
  if (size > wire::longest_path)
    throw FileError(
        fmt::format("the path {}... has {} bytes there, and {} are possible; name a "
                    "folder with a shorter path",
                    shown((directory / path).native().substr(0, 60)), size, wire::longest_path));
}

void sync_folder(const Descriptor& folder, const fs::path& link) {
  const Descriptor open(::openat(folder.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (open && ::fsync(open.number()) != 0 && errno != EINVAL) throw_file_error("make", link);
}

}  // namespace

void refuse_other_layout(const Metainfo& content, const fs::path& directory,
                         const EmptyFiles& empty) {
  for (const auto& file : content.files) refuse_long_path(directory, file.path);
  for (const auto& link : content.links) {
    refuse_long_path(directory, link.path);
    if (place_of(link, directory, empty) == Place::other)
      throw FileError(
          fmt::format("{} is there already, and in this content it is a link to {}; move it away "
                      "or name another folder with -o",
                      shown(directory / link.path), shown(words_of(link))));
  }
}

std::string make_links(const Metainfo& content, const fs::path& directory,
                       const EmptyFiles& empty) {
  std::size_t unmade = 0;
  fs::path first;
  for (const auto& link : content.links) {
    const Place place = place_of(link, directory, empty);
    if (place != Place::free && place != Place::empty) continue;
    const Descriptor folder = open_folder_of(directory, link.path, true);
    const std::string name(last_part(link.path)), words = words_of(link);
    if (place == Place::empty && ::unlinkat(folder.number(), name.c_str(), 0) != 0)
      throw_file_error("replace", directory / link.path);
    if (::symlinkat(words.c_str(), folder.number(), name.c_str()) == 0) {
      sync_folder(folder, directory / link.path);
    } else if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS) {
      if (unmade++ == 0) first = directory / link.path;
    } else {
      throw_file_error("make", directory / link.path);
    }
  }
  if (unmade == 0) return {};
  return fmt::format(
      "{}{} cannot be made: the disk takes no symbolic links; all files are fetched all the same",
      shown(first), unmade == 1 ? ", a link," : fmt::format(" and {} more links", unmade - 1));
}

}  // namespace swarm::udp
