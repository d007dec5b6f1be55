// The files of a content: its chunks are ranges of the files, one after the other. Everything lies
// beneath one directory and nothing is followed out of it (transport/udp/open_files.hpp).
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "engine/bitmap.hpp"
#include "engine/db/peer_db.hpp"
#include "engine/wire/metainfo.hpp"
#include "transport/udp/open_files.hpp"

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
  // Makes what is missing and extends what is too short; the names are durable. A file takes up no
  // disk before it is written. Throws, with nothing changed, when a file is longer than it should
  // be, and when one is shorter that was not made by this content (`ours`): those are of others.
  void create(bool ours);
  // The chunks of which the files hold data: not those that lie wholly in holes. From a file system
  // that does not tell holes: all.
  Bitmap data() const;

  // Fills `out`, of the chunk's length. False: a file is shorter than it should be.
  bool read(std::uint32_t chunk, std::span<std::uint8_t> out) const;
  void write(std::uint32_t chunk, Bytes bytes);
  // Nobody knows what is on disk: the next sync takes all files.
  void doubt_all();
  // What was written before it was called is on disk when it returns.
  void sync();
  // The files as they were when they were looked at, made or synced, by whatever came last: what
  // others write afterwards makes a difference. So does what they wrote in between: then the mark
  // is that of no file. All files must be there.
  std::vector<db::FileMark> marks() const;

 private:
  struct Part {  // of a chunk, in one file
    std::size_t file;
    std::uint64_t offset;  // in the file
    std::size_t begin, size;
  };
  std::vector<Part> parts(std::uint32_t chunk) const;
  std::filesystem::path full(std::size_t file) const;
  std::shared_ptr<const Descriptor> get(std::size_t file, OpenFiles::Use use) const;
  std::optional<db::FileMark> look(std::size_t file) const;
  void refuse_those_of_others(bool ours) const;
  void create_file(std::size_t file) const;
  void sync_folder(const std::string& path) const;
  void begin_writing(std::size_t file);
  void touch(std::size_t file);
  void sync(std::size_t file);
  void mark_data(std::size_t file, Bitmap& chunks) const;

  MetainfoPtr content_;
  std::filesystem::path directory_;
  OpenFiles& open_files_;
  std::vector<std::uint64_t> begins_;  // of each file in the content
  Marks marks_;
  std::mutex mutex_;  // of those below and of marks_, while one writes and one syncs
  std::set<std::size_t> touched_, syncing_;  // files that were written
  std::set<std::size_t> foreign_;            // that others wrote meanwhile
};

// The files are as they were when they were marked.
bool equal(const ContentFiles::Marks& found, const std::vector<db::FileMark>& marks);

}  // namespace swarm::udp
