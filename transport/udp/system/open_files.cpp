#include "transport/udp/system/open_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/disk_trouble.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

// With O_PATH, the user needs permission to enter a folder, but not to list it.
constexpr int folder_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string advice(int error) {
  if (const auto trouble = db::disk_trouble(error); !trouble.empty()) return std::string(trouble);
  switch (error) {
    case EACCES:
    case EPERM:
      return "this user may not; change its permissions or name another folder";
    case ENOENT:
      return "it is gone; put it back, or start again to fetch it anew";
    case ELOOP:
    case ENOTDIR:
      return "a symbolic link, or a file where a folder should be, is in its path; contents are "
             "never written or read through one: move it away or name another folder";
    case EISDIR:
      return "a folder is in its place; move it away or name another folder";
    case EEXIST:
      return "somebody else made it at the same moment; start again";
    case EFBIG:
      return "this disk takes no file of that size; name a folder on another one";
    case ENAMETOOLONG:
      return "its name is too long for this disk; name a folder on another one";
    case EMFILE:
    case ENFILE:
      return "too many files are open; raise the limit (ulimit -n) and start again";
    default:
      return std::strerror(error);
  }
}

Descriptor open_start(const fs::path& directory) {
  Descriptor start(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!start && errno != ENOENT) throw_file_error("enter", directory);
  return start;
}

bool is_regular(int file) {
  struct stat status {};
  return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

void throw_file_error(std::string_view verb, const fs::path& file) {
  throw FileError(fmt::format("cannot {} {}: {}", verb, shown(file), advice(errno)));
}

std::string shown(const fs::path& path) {
  std::string text = path.string();
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  return text;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

std::string_view last_part(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

Descriptor open_folder_of(const fs::path& directory, std::string_view path, bool make) {
  std::error_code ignored;  // if this fails, opening the folder fails and reports the error
  if (make) fs::create_directories(directory, ignored);
  Descriptor folder = open_start(directory);
  std::size_t begin = 0;
  for (auto slash = path.find('/'); folder && slash != path.npos; slash = path.find('/', begin)) {
    const std::string component(path.substr(begin, slash - begin));
    begin = slash + 1;
    if (make && ::mkdirat(folder.number(), component.c_str(), 0777) != 0 && errno != EEXIST)
      throw_file_error("make", directory / path.substr(0, slash));
    Descriptor next(::openat(folder.number(), component.c_str(), folder_flags));
    if (!next && errno != ENOENT) throw_file_error("enter", directory / path.substr(0, slash));
    folder = std::move(next);
  }
  if (make && !folder) {
    errno = ENOENT;
    throw_file_error("make", directory / path);
  }
  return folder;
}

std::shared_ptr<const Descriptor> OpenFiles::get(const fs::path& directory, const std::string& path,
                                                 Use use) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) {
    return e.path == path && e.directory == directory;
  });
  if (found != entries_.end() && found->use >= use) {
    entries_.splice(entries_.begin(), entries_, found);
    return found->file;
  }
  if (found != entries_.end()) entries_.erase(found);
  // Without O_NONBLOCK, opening a pipe would wait for a process at its other end.
  const int flags = (use == Use::write ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const Descriptor folder = open_folder_of(directory, path);
  const std::string name(last_part(path));
  const auto file = std::make_shared<const Descriptor>(
      folder ? ::openat(folder.number(), name.c_str(), flags) : -1);
  if (!*file) throw_file_error(use == Use::write ? "write" : "read", directory / path);
  if (!is_regular(file->number()))
    throw FileError(
        fmt::format("cannot use {}: it is no regular file; move it away", shown(directory / path)));
  while (entries_.size() >= most_) entries_.pop_back();
  entries_.push_front({directory, path, use, file});
  return file;
}

void OpenFiles::close(const fs::path& directory) {
  const std::scoped_lock lock(mutex_);
  entries_.remove_if([&](const Entry& e) { return e.directory == directory; });
}

std::size_t OpenFiles::size() const {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

}  // namespace swarm::udp
