// The files of a content. The chunks of the content are ranges of its files, laid end to end. All
// files lie below one directory, and no link is followed out of it
// (transport/udp/system/open_files.hpp).
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

// Every method may throw FileError. Several threads may read while one thread writes and one thread
// syncs. All other methods need exclusive access.
class ContentFiles {
 public:
  // `directory` is an absolute path; the file or folder of the content lies in it. `open_files`
  // must outlive this object.
  ContentFiles(MetainfoPtr content, std::filesystem::path directory, OpenFiles& open_files);
  ~ContentFiles();  // closes the files
  ContentFiles(const ContentFiles&) = delete;
  ContentFiles& operator=(const ContentFiles&) = delete;

  const std::filesystem::path& directory() const { return directory_; }

  // Looks at all files and returns their marks; a missing file has no mark. Throws also if one is
  // not a regular file.
  using Marks = std::vector<std::optional<db::FileMark>>;
  const Marks& look();
  // Locks the existing files against other processes (ContentHold), and later the files that
  // create() makes. False if another process has one of the files.
  bool hold(ContentHold::Kind kind);
  bool change_hold(ContentHold::Kind kind) { return hold_.change(kind); }
  void release_hold() { hold_.release(); }
  // Makes missing files, extends short ones, and syncs the folders to make new names durable. A
  // file takes no disk space before it is written. Returns a sentence about links that the disk
  // does not support; empty if there are none.
  //
  // Throws and changes nothing in these cases: the files differ from `found`; without `overwrite`,
  // a file is too long, or is too short (but not empty) without having been made for this content
  // (`ours`). With `overwrite` a file of the wrong size gets the right one.
  std::string create(bool ours, bool overwrite = false, const Marks* found = nullptr);
  // Empty files that an older version made in place of links
  // (transport/udp/content_store/content_layout.hpp); create() replaces them by links.
  void replace(std::vector<db::FileMark> empty) { empty_ = std::move(empty); }
  // The chunks for which the files hold data. A chunk that lies entirely in holes or in missing
  // files has none. If the file system does not report holes, all chunks of existing files count.
  Bitmap data() const;

  // To be called before a wrong chunk is written over. Returns the files of this chunk that are not
  // `ours` and hold data in its range. A hole is no data. Neither are zeros in a disk block that
  // the chunk shares with its neighbour.
  std::vector<std::size_t> harmed_by(std::uint32_t chunk, const std::vector<bool>& ours) const;
  // True if `harmed` has all files of the chunk: at least one of them holds bytes of something
  // else. Otherwise the harmed files may be right, and only the other files lack their bytes.
  bool is_harm(std::uint32_t chunk, const std::vector<std::size_t>& harmed) const {
    return harmed.size() == files_of(chunk).size();
  }
  // From now on the part of `chunk` in `file` is compared instead of written. To be called before
  // the first write.
  void keep(std::uint32_t chunk, std::size_t file) { kept_.emplace(chunk, file); }
  bool has_other_names(std::size_t file) const;  // whether an existing file has other hard links
  std::vector<std::size_t> files_of(std::uint32_t chunk) const;  // the files that have bytes of it
  // True if all files of the chunk exist and are long enough for it.
  bool has_all_files_of(std::uint32_t chunk) const;
  // The bytes of the files' sizes for which no disk space is allocated yet.
  std::uint64_t bytes_to_allocate() const;

  std::filesystem::path full(std::size_t file) const;

  // Fills `out`, which has the chunk's length. False if a file is too short.
  bool read(std::uint32_t chunk, std::span<std::uint8_t> out) const;
  // Writes a chunk. Throws if a file is not the one last looked at, made or synced, or if a kept
  // file holds other bytes. `from`: files that hold the same bytes at the same places. On a file
  // system that supports it, the two files then share disk blocks.
  void write(std::uint32_t chunk, Bytes bytes, const ContentFiles* from = nullptr);
  // For when nobody knows what is on disk: makes the next sync take all files.
  void doubt_all();
  // On return everything written before the call is on disk.
  void sync();
  // The marks of the files from the last look, creation or sync; all files must exist. If another
  // process writes to a file later, the file no longer matches its mark. If another process wrote
  // to a file before this object's first write after that, the mark returned matches no file.
  std::vector<db::FileMark> marks() const;

 private:
  struct Extent {  // the part of a chunk in one file
    std::size_t file;
    std::uint64_t offset;  // in the file
    std::size_t begin, size;
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
  std::vector<db::FileMark> empty_;  // empty files in place of links
  std::set<std::pair<std::uint32_t, std::size_t>> kept_;
  Marks marks_;
  mutable std::mutex mutex_;  // guards marks_ and the members below between writer and syncer
  std::set<std::size_t> touched_, syncing_;  // written files: to be synced, being synced
  std::set<std::size_t> foreign_;            // files that other processes wrote to
};

// True if the files match their marks. A mark without an inode or birth time matches any. Who made
// the file (`made`) is not compared.
bool equal(const ContentFiles::Marks& found, const std::vector<db::FileMark>& marks);

[[noreturn]] void throw_in_use(const std::filesystem::path& path);
[[noreturn]] void throw_changed(const std::filesystem::path& path);

// Parts of the error about a file that is not this content's and will not be written over.
inline constexpr std::string_view is_not_this_content =
    "is not this content, and was not made by swarm-peer for it";
inline constexpr std::string_view advice_to_overwrite =
    "name another folder with -o, or write over it with --overwrite";

}  // namespace swarm::udp
