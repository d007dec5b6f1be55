#include "transport/udp/content_store/content_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "engine/base/assert.hpp"
#include "transport/udp/content_store/content_layout.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

// A time that no file has.
constexpr std::int64_t time_of_no_file = std::numeric_limits<std::int64_t>::min();

std::int64_t nanoseconds(const struct statx_timestamp& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

db::FileMark mark_of(const std::string& path, const struct statx& status) {
  const bool born = (status.stx_mask & STATX_BTIME) != 0;
  return {path,
          status.stx_size,
          nanoseconds(status.stx_mtime),
          status.stx_ino,
          born ? nanoseconds(status.stx_btime) : 0,
          false};
}

struct statx extended_status_of(int file, const fs::path& path) {
  struct statx status {};
  if (::statx(file, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &status) != 0)
    throw_file_error("look at", path);
  return status;
}

struct stat status_of(int file, const fs::path& path) {
  struct stat status {};
  if (::fstat(file, &status) != 0) throw_file_error("look at", path);
  return status;
}

off_t as_offset(std::uint64_t value) {
  return static_cast<off_t>(value);
}

// Opens a file to lock it. Empty if this user may not read the file, which then stays unlocked.
Descriptor opened_to_hold(const Descriptor& folder, const std::string& name, bool to_write) {
  constexpr int flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  Descriptor file(to_write ? ::openat(folder.number(), name.c_str(), O_RDWR | flags) : -1);
  if (!file) file = Descriptor(::openat(folder.number(), name.c_str(), O_RDONLY | flags));
  return file;
}

// True if the file has data in [begin, end), or if the file system does not report holes.
bool has_data(const Descriptor& file, std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return false;
  const off_t data = ::lseek(file.number(), as_offset(begin), SEEK_DATA);
  if (data < 0) return errno != ENXIO;
  return static_cast<std::uint64_t>(data) < end;
}

bool has_other_than_zeros(const Descriptor& file, std::uint64_t begin, std::uint64_t end,
                          const fs::path& path) {
  std::array<std::uint8_t, 16 << 10> bytes;
  while (begin < end) {
    const auto n = ::pread(file.number(), bytes.data(),
                           std::min<std::uint64_t>(bytes.size(), end - begin), as_offset(begin));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_file_error("read", path);
    if (n == 0) return false;
    if (std::any_of(bytes.begin(), bytes.begin() + n, [](auto byte) { return byte != 0; }))
      return true;
    begin += static_cast<std::uint64_t>(n);
  }
  return false;
}

}  // namespace

void throw_in_use(const fs::path& path) {
  throw FileError(fmt::format(
      "{} is used by another swarm-peer right now, and is not written over meanwhile, not even "
      "with --overwrite; stop that one, or name another folder with -o",
      shown(path)));
}

void throw_changed(const fs::path& path) {
  throw FileError(fmt::format("{} changed while it was looked at; start again", shown(path)));
}

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
  struct statx status {};
  const std::string name(last_part(path));
  if (::statx(folder.number(), name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME,
              &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    throw_file_error("look at", full(file));
  }
  if (!S_ISREG(status.stx_mode)) {
    errno = S_ISDIR(status.stx_mode) ? EISDIR : ELOOP;
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
  if (!marks_[file]) return;
  const auto open = get(file, OpenFiles::Use::read);
  const std::uint64_t size = content_->files[file].size;
  for (std::uint64_t at = 0; at < size;) {
    off_t data = ::lseek(open->number(), as_offset(at), SEEK_DATA);
    if (data < 0 && errno == ENXIO) return;  // the rest is a hole
    off_t hole = data < 0 ? data : ::lseek(open->number(), data, SEEK_HOLE);
    if (hole < 0) data = as_offset(at), hole = as_offset(size);  // holes are not reported
    const std::uint64_t end = std::min(static_cast<std::uint64_t>(hole), size);
    const std::uint64_t begin = static_cast<std::uint64_t>(data) + begins_[file];
    for (std::uint64_t chunk = begin / content_->chunk_size;
         chunk * content_->chunk_size < begins_[file] + end; ++chunk)
      chunks.set(static_cast<std::uint32_t>(chunk));
    at = static_cast<std::uint64_t>(hole);
  }
}

std::vector<db::FileMark> ContentFiles::marks() const {
  const std::scoped_lock lock(mutex_);
  std::vector<db::FileMark> marks;
  for (std::size_t file = 0; file < marks_.size(); ++file) {
    SWARM_ASSERT(marks_[file], "all files are there");
    marks.push_back(*marks_[file]);
    if (foreign_.contains(file)) marks.back().changed_ns = time_of_no_file;
  }
  return marks;
}

// --- Whose they are

bool ContentFiles::hold(ContentHold::Kind kind) {
  const bool sole = kind == ContentHold::Kind::sole;
  hold_kind_ = kind;
  if (!hold_root()) return false;
  for (std::size_t file = 0; file < marks_.size(); ++file) {
    const std::string& path = content_->files[file].path;
    const Descriptor folder = marks_[file] ? open_folder_of(directory_, path) : Descriptor();
    if (!folder) continue;
    Descriptor open = opened_to_hold(folder, std::string(last_part(path)), sole);
    if (open && !hold_.take(std::move(open), kind)) return false;
  }
  return true;
}

// Locks the content's folder, so that contents of one name exclude each other even without files.
bool ContentFiles::hold_root() {
  if (!content_->folder || !hold_kind_ || root_is_held_) return true;
  const Descriptor inside = open_folder_of(directory_, content_->name + "/.");
  Descriptor root(inside ? ::openat(inside.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
  if (!root) return true;
  root_is_held_ = true;
  return hold_.take(std::move(root), *hold_kind_);
}

bool ContentFiles::has_all_files_of(std::uint32_t chunk) const {
  const auto all = extents(chunk);
  return std::all_of(all.begin(), all.end(), [this](const Extent& extent) {
    return marks_[extent.file] && marks_[extent.file]->size >= extent.offset + extent.size;
  });
}

std::vector<std::size_t> ContentFiles::files_of(std::uint32_t chunk) const {
  std::vector<std::size_t> files;
  for (const auto& extent : extents(chunk)) files.push_back(extent.file);
  return files;
}

std::vector<std::size_t> ContentFiles::harmed_by(std::uint32_t chunk,
                                                 const std::vector<bool>& ours) const {
  std::vector<std::size_t> harmed;
  for (const auto& extent : extents(chunk))
    if (marks_[extent.file] && !ours[extent.file] && holds_bytes(extent))
      harmed.push_back(extent.file);
  return harmed;
}

// Two chunks may share a disk block. Then only the bytes show whether this chunk has data in it.
bool ContentFiles::holds_bytes(const Extent& extent) const {
  const auto open = get(extent.file, OpenFiles::Use::read);
  const auto status = status_of(open->number(), full(extent.file));
  const auto block = static_cast<std::uint64_t>(std::max<blksize_t>(status.st_blksize, 1));
  const std::uint64_t begin = extent.offset, end = extent.offset + extent.size;
  const std::uint64_t first = std::min((begin + block - 1) / block * block, end);
  const std::uint64_t last = std::max(end / block * block, first);
  if (has_data(*open, first, last)) return true;
  return has_other_than_zeros(*open, begin, first, full(extent.file)) ||
         has_other_than_zeros(*open, last, end, full(extent.file));
}

bool ContentFiles::has_other_names(std::size_t file) const {
  const auto open = get(file, OpenFiles::Use::read);
  return status_of(open->number(), full(file)).st_nlink > 1;
}

std::uint64_t ContentFiles::bytes_to_allocate() const {
  std::uint64_t bytes = 0;
  for (std::size_t file = 0; file < marks_.size(); ++file) {
    std::uint64_t allocated = 0;
    if (marks_[file]) {
      const auto open = get(file, OpenFiles::Use::read);
      const auto status = status_of(open->number(), full(file));
      allocated =
          static_cast<std::uint64_t>(status.st_blocks) * 512;  // the unit is 512 on every disk
    }
    bytes += content_->files[file].size - std::min(allocated, content_->files[file].size);
  }
  return bytes;
}

// --- Making them

// Looks for every reason to fail before it makes the first file.
std::string ContentFiles::create(bool ours, bool overwrite, const Marks* found) {
  if (look(); found != nullptr && marks_ != *found) throw_changed(directory_ / content_->name);
  refuse_other_layout(*content_, directory_, empty_);
  if (!overwrite) refuse_those_of_others(ours);
  if (content_->folder) open_folder_of(directory_, content_->name + "/.", true);
  if (!hold_root()) throw_in_use(directory_ / content_->name);
  std::string remark = make_links(*content_, directory_, empty_);
  std::set<std::string> folders;  // folders that get a new name
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
  return remark;
}

void ContentFiles::refuse_those_of_others(bool ours) const {
  for (std::size_t file = 0; file < marks_.size(); ++file) {
    if (!marks_[file]) continue;
    const std::uint64_t size = marks_[file]->size, wanted = content_->files[file].size;
    if (size > wanted || (size < wanted && size > 0 && !ours))
      throw FileError(
          fmt::format("{} is there already and has {} bytes, in this content it has {}; {}",
                      shown(full(file)), size, wanted, advice_to_overwrite));
  }
}

// O_EXCL makes this fail if another process has just made a file of this name: it is not ours.
void ContentFiles::create_file(std::size_t file) {
  const auto& [path, size, executable] = content_->files[file];
  const Descriptor folder = open_folder_of(directory_, path, true);
  const std::string name(last_part(path));
  const bool fresh = !marks_[file];
  const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (fresh ? O_CREAT | O_EXCL : 0);
  const Descriptor made(::openat(folder.number(), name.c_str(), flags, executable ? 0777 : 0666));
  if (!made) throw_file_error("make", full(file));
  // Locks a duplicate of the descriptor, because `made` is closed when this function returns.
  if (fresh && hold_kind_ &&
      !hold_.take(Descriptor(::fcntl(made.number(), F_DUPFD_CLOEXEC, 0)), *hold_kind_))
    throw_in_use(full(file));
  const db::FileMark mark = mark_of(path, extended_status_of(made.number(), full(file)));
  if (!fresh && mark != *marks_[file]) throw_changed(full(file));
  if (mark.size != size && ::ftruncate(made.number(), as_offset(size)) != 0)
    throw_file_error("make", full(file));
}

// Syncs the folder that holds `path`. A folder that this user may not list cannot be synced. Then
// the kernel decides when the new name is on disk.
void ContentFiles::sync_folder(const std::string& path) const {
  const Descriptor folder = open_folder_of(directory_, path);
  const Descriptor open(::openat(folder.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (open && ::fsync(open.number()) != 0 && errno != EINVAL)
    throw_file_error("make", directory_ / path);
}

// --- Chunks

std::vector<ContentFiles::Extent> ContentFiles::extents(std::uint32_t chunk) const {
  const std::uint64_t begin = content_->offset(chunk);
  const std::size_t size = content_->length(chunk);
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), begin);
  std::vector<Extent> extents;
  std::size_t done = 0;
  for (auto file = static_cast<std::size_t>(after - begins_.begin()) - 1; done < size; ++file) {
    const std::uint64_t offset = begin + done - begins_[file];
    const std::uint64_t left = content_->files[file].size - offset;
    if (left == 0) continue;  // empty file
    const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(left, size - done));
    extents.push_back({file, offset, done, here});
    done += here;
  }
  return extents;
}

bool ContentFiles::read(std::uint32_t chunk, std::span<std::uint8_t> out) const {
  SWARM_ASSERT(out.size() == content_->length(chunk), "a whole chunk is read");
  const auto all = extents(chunk);
  return std::all_of(all.begin(), all.end(), [&](const Extent& extent) {
    return read(extent, out.subspan(extent.begin, extent.size));
  });
}

bool ContentFiles::read(const Extent& extent, std::span<std::uint8_t> out) const {
  const auto file = get(extent.file, OpenFiles::Use::read);
  for (std::size_t done = 0; done < extent.size;) {
    const auto n = ::pread(file->number(), out.data() + done, extent.size - done,
                           as_offset(extent.offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_file_error("read", full(extent.file));
    if (n == 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

void ContentFiles::write(std::uint32_t chunk, Bytes bytes, const ContentFiles* from) {
  SWARM_ASSERT(bytes.size() == content_->length(chunk), "a whole chunk is written");
  const auto all = extents(chunk);
  for (const auto& extent : all)
    if (is_kept(chunk, extent)) expect_kept(extent, bytes.subspan(extent.begin, extent.size));
  for (const auto& extent : all) {
    if (is_kept(chunk, extent)) continue;
    const auto file = get(extent.file, OpenFiles::Use::write);
    begin_writing(extent.file, file->number());
    const Bytes its = bytes.subspan(extent.begin, extent.size);
    if (from == nullptr || !share_blocks(file->number(), extent, its, *from))
      write(file->number(), extent, its);
    touch(extent.file);  // once more, because a sync may have begun since begin_writing()
  }
}

void ContentFiles::write(int file, const Extent& extent, Bytes bytes) const {
  for (std::size_t done = 0; done < bytes.size();) {
    const auto n =
        ::pwrite(file, bytes.data() + done, bytes.size() - done, as_offset(extent.offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_file_error("write", full(extent.file));
    done += static_cast<std::size_t>(n);
  }
}

// Shares whole disk blocks with the other file, and writes the bytes before and after the blocks.
// Compares the result with `bytes`, because the other file may have changed. Returns false if the
// caller must write all bytes.
bool ContentFiles::share_blocks(int file, const Extent& extent, Bytes bytes,
                                const ContentFiles& from) {
  if (!may_share_blocks_) return false;
  const auto block = static_cast<std::uint64_t>(status_of(file, full(extent.file)).st_blksize);
  const std::uint64_t begin = (extent.offset + block - 1) / block * block;
  const std::uint64_t end = (extent.offset + extent.size) / block * block;
  if (begin >= end) return false;
  const auto source = from.get(extent.file, OpenFiles::Use::read);
  file_clone_range range{source->number(), begin, end - begin, begin};
  if (::ioctl(file, FICLONERANGE, &range) != 0) {
    may_share_blocks_ = false;
    return false;
  }
  const auto before = static_cast<std::size_t>(begin - extent.offset);
  const auto after = static_cast<std::size_t>(end - extent.offset);
  write(file, extent, bytes.first(before));
  write(file, {extent.file, end, extent.begin + after, extent.size - after}, bytes.subspan(after));
  std::vector<std::uint8_t> there(extent.size);
  return read(extent, there) && std::equal(there.begin(), there.end(), bytes.begin());
}

// The chunk's row will say that the kept part is on disk, so the next sync() must sync this file.
void ContentFiles::expect_kept(const Extent& extent, Bytes bytes) {
  begin_writing(extent.file, get(extent.file, OpenFiles::Use::read)->number());
  std::vector<std::uint8_t> there(extent.size);
  if (!read(extent, there) || !std::equal(there.begin(), there.end(), bytes.begin()))
    throw FileError(fmt::format("{} is there already and {}; {}", shown(full(extent.file)),
                                is_not_this_content, advice_to_overwrite));
}

void ContentFiles::begin_writing(std::size_t file, int open) {
  const auto status = extended_status_of(open, full(file));
  const std::scoped_lock lock(mutex_);
  expect_same(file, mark_of(content_->files[file].path, status));
  if (!touched_.insert(file).second || syncing_.contains(file)) return;
  if (look(file) != marks_[file]) foreign_.insert(file);
}

// Throws if another process has replaced the file: then the name leads to another file than before.
void ContentFiles::expect_same(std::size_t file, const db::FileMark& open) const {
  const auto& mark = marks_[file];
  if (mark && mark->inode == open.inode && mark->born_ns == open.born_ns) return;
  throw FileError(fmt::format(
      "another file was put in the place of {}, and is not written over; move it away and start "
      "again, or name another folder with -o",
      shown(full(file))));
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
    // Drops the cached bytes: a later check must not read bytes that never reached the disk.
    ::posix_fadvise(open->number(), 0, 0, POSIX_FADV_DONTNEED);
    errno = error;
    throw_file_error("write", full(file));
  }
  const auto status = extended_status_of(open->number(), full(file));
  if (status.stx_nlink == 0)
    throw FileError(fmt::format("{} was removed while it was written; start again to fetch it anew",
                                shown(full(file))));
  const std::scoped_lock lock(mutex_);
  const db::FileMark mark = mark_of(content_->files[file].path, status);
  expect_same(file, mark);
  marks_[file] = mark;
}

bool equal(const ContentFiles::Marks& found, const std::vector<db::FileMark>& marks) {
  return std::equal(found.begin(), found.end(), marks.begin(), marks.end(),
                    [](const auto& a, db::FileMark b) {
                      if (!a) return false;
                      if (b.inode == 0) b.inode = a->inode;
                      if (b.born_ns == 0) b.born_ns = a->born_ns;
                      b.made = a->made;
                      return *a == b;
                    });
}

}  // namespace swarm::udp
