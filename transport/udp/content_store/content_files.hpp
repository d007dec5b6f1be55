// The files of a content. The bytes of the content are those of its files, one file after the
// other; a chunk is a range of these bytes. All files lie below one directory, and no symbolic link
// below it is followed (transport/udp/system/open_files.hpp).
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/bitmap.hpp"
#include "engine/db/peer_db.hpp"
#include "engine/wire/metainfo.hpp"
#include "transport/udp/content_store/content_hold.hpp"
#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {

// Every method may throw FileError. Several threads may call read() while one thread calls write()
// and one thread calls sync(). A call of any other method must be the only call at that time.
class ContentFiles {
 public:
  // `directory` is the absolute path of the folder in which the content's file or folder lies.
  // `open_files` must outlive this object.
  ContentFiles(MetainfoPtr content, std::filesystem::path directory, OpenFiles& open_files);
  ~ContentFiles();  // closes the files
  ContentFiles(const ContentFiles&) = delete;
  ContentFiles& operator=(const ContentFiles&) = delete;

  const std::filesystem::path& directory() const { return directory_; }

  // Looks at all files and returns their marks; a missing file has no mark. Throws if there is a
  // folder, a link or a device in the place of a file.
  using Marks = std::vector<std::optional<db::FileMark>>;
  const Marks& look();
  // Locks the existing files against other processes (ContentHold). create() then also locks the
  // files that it makes. Returns false if another process uses a file.
  bool hold(ContentHold::Kind kind);
  bool change_hold(ContentHold::Kind kind) { return hold_.change(kind); }
  void release_hold() { hold_.release(); }
  // Makes missing files and links, extends short files, and syncs the folders to make new names
  // durable. A file takes no disk space before it is written. If the disk does not support links,
  // returns a sentence about the links that are missing; otherwise returns "".
  //
  // Throws, without any change, if the files differ from `found`. `ours` means that the files were
  // made for this content. Without `overwrite`, also throws if a file is too long, or if `ours` is
  // false and a file is too short but not empty. With `overwrite`, files get the right size. Also
  // throws if refuse_other_layout() does, or if another process uses the files; in the last case,
  // folders may have been made.
  std::string create(bool ours, bool overwrite = false, const Marks* found = nullptr);
  // Tells create() to replace the given empty files by links. An older version made them in place
  // of links (transport/udp/content_store/content_layout.hpp).
  void replace(std::vector<db::FileMark> empty) { empty_ = std::move(empty); }
  // Returns the chunks for which the files hold data. A chunk that lies entirely in holes or in
  // missing files holds none. If the file system does not report holes, all chunks of existing
  // files count as data.
  Bitmap data() const;

  // Returns the files in which a write of this wrong chunk would destroy foreign bytes. These are
  // the files that are not `ours` and hold data in the range of the chunk. Holes are no data. Nor
  // are zeros in a disk block that the chunk shares with its neighbour.
  std::vector<std::size_t> harmed_by(std::uint32_t chunk, const std::vector<bool>& ours) const;
  // `harmed` is the result of harmed_by(). Returns true if it has all files of the chunk: then at
  // least one of them holds bytes that are not this content's. Otherwise returns false: the harmed
  // files may be right, and only the other files of the chunk lack their bytes.
  bool is_harm(std::uint32_t chunk, const std::vector<std::size_t>& harmed) const {
    return harmed.size() == files_of(chunk).size();
  }
  // Makes write() compare the part of `chunk` in `file` instead of writing it. Must be called
  // before the first write().
  void keep(std::uint32_t chunk, std::size_t file) { kept_.emplace(chunk, file); }
  bool has_other_names(std::size_t file) const;  // true if an existing file has other hard links
  std::vector<std::size_t> files_of(std::uint32_t chunk) const;  // files that hold bytes of `chunk`
  // True if all files of the chunk exist and are long enough for the chunk.
  bool has_all_files_of(std::uint32_t chunk) const;
  // Returns how many bytes of the files have no disk space yet.
  std::uint64_t bytes_to_allocate() const;

  std::filesystem::path full(std::size_t file) const;  // the absolute path of a file

  // Fills `out`, which must have the chunk's length. Returns false if a file is too short.
  bool read(std::uint32_t chunk, std::span<std::uint8_t> out) const;
  // Writes a chunk. Throws if a file was replaced since this object looked at it, made it or synced
  // it. Throws if a kept file holds other bytes. `from` is another copy of this content that holds
  // the same chunk. On a file system that supports it, the two copies then share disk blocks.
  void write(std::uint32_t chunk, Bytes bytes, const ContentFiles* from = nullptr);
  // Makes the next sync() sync all files. Needed if it is unknown which of their bytes are on disk.
  void doubt_all();
  // When it returns, everything that was written before the call is on disk.
  void sync();
  // Returns the marks of the files, all of which must exist. A mark describes a file at the last
  // look(), create() or sync(). If another process writes to the file after that moment, the mark
  // does not match the file. If this object writes to the file later, it notices the foreign write,
  // and from then on the mark matches no file.
  std::vector<db::FileMark> marks() const;

 private:
  struct Extent {  // the part of a chunk in one file
    std::size_t file;
    std::uint64_t offset;     // offset in the file
    std::size_t begin, size;  // the range in the chunk
  };
  std::vector<Extent> extents(std::uint32_t chunk) const;
  std::shared_ptr<const Descriptor> get(std::size_t file, OpenFiles::Use use) const;
  std::optional<db::FileMark> look(std::size_t file) const;
  void refuse_those_of_others(bool ours) const;
  bool hold_root();
  void create_file(std::size_t file);
  bool holds_bytes(const Extent& extent) const;
  void expect_same(std::size_t file, const db::FileMark& open) const;
  void sync_folder(const std::string& path) const;
  bool is_kept(std::uint32_t chunk, const Extent& extent) const {
    return kept_.contains({chunk, extent.file});
  }
  void expect_kept(const Extent& extent, Bytes bytes);
  void write(int file, const Extent& extent, Bytes bytes) const;
  bool share_blocks(int file, const Extent& extent, Bytes bytes, const ContentFiles& from);
  bool read(const Extent& extent, std::span<std::uint8_t> out) const;
  void begin_writing(std::size_t file, int open);
  void touch(std::size_t file);
  void sync(std::size_t file);
  void mark_data(std::size_t file, Bitmap& chunks) const;

  MetainfoPtr content_;
  std::filesystem::path directory_;
  OpenFiles& open_files_;
  std::vector<std::uint64_t> begins_;  // offset of each file in the content
  std::optional<ContentHold::Kind> hold_kind_;
  ContentHold hold_;
  bool root_is_held_ = false;
  bool may_share_blocks_ = true;     // false after a failed attempt
  std::vector<db::FileMark> empty_;  // marks of the empty files that replace() got
  std::set<std::pair<std::uint32_t, std::size_t>> kept_;
  Marks marks_;
  mutable std::mutex mutex_;  // guards marks_ and the members below between writer and syncer
  // Written files: those that wait for a sync, and those that a sync is writing out.
  std::set<std::size_t> touched_, syncing_;
  std::set<std::size_t> foreign_;  // files to which other processes wrote
};

// True if the files match their marks. A mark without inode or birth time matches a file with any
// inode or birth time. The field `made` is not compared.
bool equal(const ContentFiles::Marks& found, const std::vector<db::FileMark>& marks);

[[noreturn]] void throw_in_use(const std::filesystem::path& path);
[[noreturn]] void throw_changed(const std::filesystem::path& path);

// Parts of the error about a file that does not belong to this content, so that fetch does not
// write over it.
inline constexpr std::string_view is_not_this_content =
    "is not this content, and was not made by swarm-peer for it";
inline constexpr std::string_view advice_to_overwrite =
    "name another folder with -o, or write over it with --overwrite";

}  // namespace swarm::udp
