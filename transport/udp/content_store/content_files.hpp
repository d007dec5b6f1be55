// The files of a content: its chunks are ranges of the files, one after the other. Everything lies
// beneath one directory and nothing is followed out of it (transport/udp/system/open_files.hpp).
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

// Everything may throw FileError. Of several threads each may read, one may write and one sync at
// the same time; the rest is for one alone.
class ContentFiles {
 public:
  // `directory`: absolute; in which the content's file or folder lies. `open_files` outlives it.
  ContentFiles(MetainfoPtr content, std::filesystem::path directory, OpenFiles& open_files);
  ~ContentFiles();  // its files are closed
  ContentFiles(const ContentFiles&) = delete;
  ContentFiles& operator=(const ContentFiles&) = delete;

  const std::filesystem::path& directory() const { return directory_; }

  // What is there, nothing for a file that is missing. Throws also for what is no regular file.
  using Marks = std::vector<std::optional<db::FileMark>>;
  const Marks& look();
  // Keeps others from the files that are there (ContentHold), and from those that are made later.
  // False: somebody else has one of them.
  bool hold(ContentHold::Kind kind);
  bool change_hold(ContentHold::Kind kind) { return hold_.change(kind); }
  void release_hold() { hold_.release(); }
  // Makes what is missing and extends what is too short; the names are durable. A file takes up no
  // disk before it is written. Throws, with nothing changed, when a file is longer than it should
  // be, and when one is shorter that was not made by this content (`ours`): those are of others,
  // and get their size all the same when they are to be written over (`overwrite`). So it does when
  // they are not as they were (`found`). A sentence says what the disk does not take; empty: all is
  // there.
  std::string create(bool ours, bool overwrite = false, const Marks* found = nullptr);
  // Of an older version (transport/udp/content_store/content_layout.hpp); create() makes links of
  // them.
  void replace(std::vector<db::FileMark> empty) { empty_ = std::move(empty); }
  // The chunks of which the files hold data: not those that lie wholly in holes, or in files that
  // are missing. From a file system that does not tell holes: all.
  Bitmap data() const;

  // Before a chunk that is not right is written over. Those of its files, not marked as `ours`,
  // that have bytes at its place: no hole, nor zeros in the block of the disk that it has in common
  // with the chunk beside it.
  std::vector<std::size_t> harmed_by(std::uint32_t chunk, const std::vector<bool>& ours) const;
  // These are all that the chunk lies in: something of it is not this content. Otherwise they may
  // be right, and what is missing is in the others.
  bool is_harm(std::uint32_t chunk, const std::vector<std::size_t>& harmed) const {
    return harmed.size() == files_of(chunk).size();
  }
  // From now on what `file` has of the chunk is compared instead of written. Before any is written.
  void keep(std::uint32_t chunk, std::size_t file) { kept_.emplace(chunk, file); }
  bool has_other_names(std::size_t file) const;                  // hard links; of one that is there
  std::vector<std::size_t> files_of(std::uint32_t chunk) const;  // that have bytes of it
  // All its files are there, and as long as it needs them to be.
  bool has_all_files_of(std::uint32_t chunk) const;
  // That the files do not take up yet of their sizes.
  std::uint64_t bytes_to_allocate() const;

  std::filesystem::path full(std::size_t file) const;

  // Fills `out`, of the chunk's length. False: a file is shorter than it should be.
  bool read(std::uint32_t chunk, std::span<std::uint8_t> out) const;
  // Never into another file than the one that was looked at, made or synced last, nor anything if a
  // file that is kept holds other bytes.
  // `from`: files that hold the same bytes at the same places; where both lie on one file system
  // that can do so they have the blocks of the disk in common.
  void write(std::uint32_t chunk, Bytes bytes, const ContentFiles* from = nullptr);
  // Nobody knows what is on disk: the next sync takes all files.
  void doubt_all();
  // What was written before it was called is on disk when it returns.
  void sync();
  // The files as they were when they were looked at, made or synced, by whatever came last: what
  // others write afterwards makes a difference. So does what they wrote in between: then the mark
  // is that of no file. All files must be there.
  std::vector<db::FileMark> marks() const;

 private:
  struct Extent {  // of a chunk, in one file
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
  std::vector<std::uint64_t> begins_;  // of each file in the content
  std::optional<ContentHold::Kind> hold_kind_;
  ContentHold hold_;
  bool root_is_held_ = false;
  bool may_share_blocks_ = true;     // as far as it was tried
  std::vector<db::FileMark> empty_;  // in the places of links
  std::set<std::pair<std::uint32_t, std::size_t>> kept_;
  Marks marks_;
  mutable std::mutex mutex_;  // of those below and of marks_, while one writes and one syncs
  std::set<std::size_t> touched_, syncing_;  // files that were written
  std::set<std::size_t> foreign_;            // that others wrote meanwhile
};

// The files are as they were when they were marked. A mark without an inode takes any; so does one
// without a birth time. Who made them is not compared.
bool equal(const ContentFiles::Marks& found, const std::vector<db::FileMark>& marks);

[[noreturn]] void throw_in_use(const std::filesystem::path& path);
[[noreturn]] void throw_changed(const std::filesystem::path& path);

// What is said of a file that is not this content's, and will not be written over.
inline constexpr std::string_view is_not_this_content =
    "is not this content, and was not made by swarm-peer for it";
inline constexpr std::string_view advice_to_overwrite =
    "name another folder with -o, or write over it with --overwrite";

}  // namespace swarm::udp
