#include "transport/udp/content_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "engine/assert.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

// No file has this time.
constexpr std::int64_t time_of_no_file = std::numeric_limits<std::int64_t>::min();

db::FileMark mark_of(const std::string& path, const struct stat& status) {
  return {path, static_cast<std::uint64_t>(status.st_size),
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

struct stat status_of(int file, const fs::path& path) {
  struct stat status {};
  if (::fstat(file, &status) != 0) throw_file_error("look at", path);
  return status;
}

off_t as_offset(std::uint64_t value) {
  return static_cast<off_t>(value);
}

}  // namespace

ContentFiles::ContentFiles(MetainfoPtr content, fs::path directory, OpenFiles& open_files)
    : content_(std::move(content)),
      directory_(std::move(directory)),
      open_files_(open_files),
      marks_(content_->files.size()) {
  std::uint64_t begin = 0;
  for (const auto& file : content_->files) {
    begins_.push_back(begin);
    begin += file.size;
  }
}

ContentFiles::~ContentFiles() {
  open_files_.close(directory_);
}

fs::path ContentFiles::full(std::size_t file) const {
  return directory_ / content_->files[file].path;
}

std::shared_ptr<const Descriptor> ContentFiles::get(std::size_t file, OpenFiles::Use use) const {
  return open_files_.get(directory_, content_->files[file].path, use);
}

// --- What is there

const ContentFiles::Marks& ContentFiles::look() {
  for (std::size_t file = 0; file < marks_.size(); ++file) marks_[file] = look(file);
  return marks_;
}

std::optional<db::FileMark> ContentFiles::look(std::size_t file) const {
  const std::string& path = content_->files[file].path;
  const Descriptor folder = open_folder_of(directory_, path);
  if (!folder) return std::nullopt;
  struct stat status {};
  const std::string name(last_part(path));
  if (::fstatat(folder.number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::nullopt;
    throw_file_error("look at", full(file));
  }
  if (!S_ISREG(status.st_mode)) {
    errno = S_ISDIR(status.st_mode) ? EISDIR : ELOOP;
    throw_file_error("use", full(file));
  }
  return mark_of(path, status);
}

Bitmap ContentFiles::data() const {
  Bitmap chunks(content_->chunk_count());
  for (std::size_t file = 0; file < marks_.size(); ++file) mark_data(file, chunks);
  return chunks;
}

void ContentFiles::mark_data(std::size_t file, Bitmap& chunks) const {
  const auto open = get(file, OpenFiles::Use::read);
  const std::uint64_t size = content_->files[file].size;
  for (std::uint64_t at = 0; at < size;) {
    off_t data = ::lseek(open->number(), as_offset(at), SEEK_DATA);
    if (data < 0 && errno == ENXIO) return;  // nothing but a hole
    off_t hole = data < 0 ? data : ::lseek(open->number(), data, SEEK_HOLE);
    if (hole < 0) data = as_offset(at), hole = as_offset(size);  // it does not tell
    const std::uint64_t end = std::min(static_cast<std::uint64_t>(hole), size);
    const std::uint64_t begin = static_cast<std::uint64_t>(data) + begins_[file];
    for (std::uint64_t chunk = begin / content_->chunk_size;
         chunk * content_->chunk_size < begins_[file] + end; ++chunk)
      chunks.set(static_cast<std::uint32_t>(chunk));
    at = static_cast<std::uint64_t>(hole);
  }
}

std::vector<db::FileMark> ContentFiles::marks() const {
  std::vector<db::FileMark> marks;
  for (std::size_t file = 0; file < marks_.size(); ++file) {
    SWARM_ASSERT(marks_[file], "all files are there");
    marks.push_back(*marks_[file]);
    if (foreign_.contains(file)) marks.back().changed_ns = time_of_no_file;
  }
  return marks;
}

// --- Making them

void ContentFiles::create(bool ours) {
  look();
  refuse_those_of_others(ours);
  std::set<std::string> folders;  // in which there is a new name
  for (std::size_t file = 0; file < marks_.size(); ++file) {
    if (marks_[file] && marks_[file]->size == content_->files[file].size) continue;
    create_file(file);
    marks_[file] = look(file);
    std::string path = content_->files[file].path;
    for (auto slash = path.rfind('/'); slash != path.npos && folders.insert(path).second;
         slash = path.rfind('/'))
      path.resize(slash);
    folders.insert(path);
  }
  for (const auto& path : folders) sync_folder(path);
}

void ContentFiles::refuse_those_of_others(bool ours) const {
  for (std::size_t file = 0; file < marks_.size(); ++file) {
    if (!marks_[file]) continue;
    const std::uint64_t size = marks_[file]->size, wanted = content_->files[file].size;
    if (size > wanted || (size < wanted && size > 0 && !ours))
      throw FileError(fmt::format(
          "{} is there already and has {} bytes, in this content it has {}; move it away or name "
          "another folder",
          shown(full(file)), size, wanted));
  }
}

void ContentFiles::create_file(std::size_t file) const {
  const auto& [path, size] = content_->files[file];
  const Descriptor folder = open_folder_of(directory_, path, true);
  const std::string name(last_part(path));
  const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const Descriptor made(::openat(folder.number(), name.c_str(), flags, 0666));
  if (!made) throw_file_error("make", full(file));
  const auto status = status_of(made.number(), full(file));
  if (static_cast<std::uint64_t>(status.st_size) < size &&
      ::ftruncate(made.number(), as_offset(size)) != 0)
    throw_file_error("make", full(file));
}

// The folder that holds `path`. One that may not be listed cannot be synced: its disk decides.
void ContentFiles::sync_folder(const std::string& path) const {
  const Descriptor folder = open_folder_of(directory_, path);
  const Descriptor open(::openat(folder.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (open && ::fsync(open.number()) != 0 && errno != EINVAL)
    throw_file_error("make", directory_ / path);
}

// --- Chunks

std::vector<ContentFiles::Part> ContentFiles::parts(std::uint32_t chunk) const {
  const std::uint64_t begin = content_->offset(chunk);
  const std::size_t size = content_->length(chunk);
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), begin);
  std::vector<Part> parts;
  std::size_t done = 0;
  for (auto file = static_cast<std::size_t>(after - begins_.begin()) - 1; done < size; ++file) {
    const std::uint64_t offset = begin + done - begins_[file];
    const std::uint64_t left = content_->files[file].size - offset;
    if (left == 0) continue;  // an empty file
    const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(left, size - done));
    parts.push_back({file, offset, done, here});
    done += here;
  }
  return parts;
}

bool ContentFiles::read(std::uint32_t chunk, std::span<std::uint8_t> out) const {
  SWARM_ASSERT(out.size() == content_->length(chunk), "a whole chunk is read");
  for (const auto& part : parts(chunk)) {
    const auto file = get(part.file, OpenFiles::Use::read);
    for (std::size_t done = 0; done < part.size;) {
      const auto n = ::pread(file->number(), out.data() + part.begin + done, part.size - done,
                             as_offset(part.offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw_file_error("read", full(part.file));
      if (n == 0) return false;
      done += static_cast<std::size_t>(n);
    }
  }
  return true;
}

void ContentFiles::write(std::uint32_t chunk, Bytes bytes) {
  SWARM_ASSERT(bytes.size() == content_->length(chunk), "a whole chunk is written");
  for (const auto& part : parts(chunk)) {
    const auto file = get(part.file, OpenFiles::Use::write);
    begin_writing(part.file);
    for (std::size_t done = 0; done < part.size;) {
      const auto n = ::pwrite(file->number(), bytes.data() + part.begin + done, part.size - done,
                              as_offset(part.offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw_file_error("write", full(part.file));
      done += static_cast<std::size_t>(n);
    }
    touch(part.file);  // once more: a sync may have begun meanwhile
  }
}

void ContentFiles::begin_writing(std::size_t file) {
  const std::scoped_lock lock(mutex_);
  if (!touched_.insert(file).second || syncing_.contains(file)) return;
  if (look(file) != marks_[file]) foreign_.insert(file);
}

void ContentFiles::touch(std::size_t file) {
  const std::scoped_lock lock(mutex_);
  touched_.insert(file);
}

// --- Durability

void ContentFiles::doubt_all() {
  for (std::size_t file = 0; file < marks_.size(); ++file) touched_.insert(file);
}

void ContentFiles::sync() {
  {
    const std::scoped_lock lock(mutex_);
    syncing_ = std::exchange(touched_, {});
  }
  for (const std::size_t file : syncing_) sync(file);
  const std::scoped_lock lock(mutex_);
  syncing_.clear();
}

void ContentFiles::sync(std::size_t file) {
  const auto open = get(file, OpenFiles::Use::read);
  if (::fdatasync(open->number()) != 0) {
    const int error = errno;
    // What did not reach the disk must not be found in memory by a later check.
    ::posix_fadvise(open->number(), 0, 0, POSIX_FADV_DONTNEED);
    errno = error;
    throw_file_error("write", full(file));
  }
  const auto status = status_of(open->number(), full(file));
  if (status.st_nlink == 0)
    throw FileError(fmt::format("{} was removed while it was written; start again to fetch it anew",
                                shown(full(file))));
  const std::scoped_lock lock(mutex_);
  marks_[file] = mark_of(content_->files[file].path, status);
}

bool equal(const ContentFiles::Marks& found, const std::vector<db::FileMark>& marks) {
  return std::equal(found.begin(), found.end(), marks.begin(), marks.end(),
                    [](const auto& a, const db::FileMark& b) { return a && *a == b; });
}

}  // namespace swarm::udp
