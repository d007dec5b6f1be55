// DB Manager, peer schema (seed section 3, figure 3): CHUNK(sha1, offset) has the chunks that are
// verified and on disk. Other tables have what the store needs after a restart to decide whether
// CHUNK is still true. The engine's peer never calls this port. Only the store of the peer's host
// does (engine/node/content_store.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/node/tracker_db.hpp"
#include "engine/wire/metainfo.hpp"

namespace swarm::db {

// A file as it was when its content was opened or cleanly closed. A file system may give the inode
// of a deleted file to a new file. So only inode and birth time together identify a file.
struct FileMark {
  std::string path;  // as in the metainfo
  std::uint64_t size{};
  std::int64_t changed_ns{};  // modification time
  std::uint64_t inode{};      // number in the file system; 0: unknown (older version)
  std::int64_t born_ns{};     // birth time; 0: unknown, or the file system has none
  bool made{};                // true: made for its content; false: the user's own file
  friend bool operator==(const FileMark&, const FileMark&) = default;
};

// What the database remembers of a content, except its chunks.
struct ContentRecord {
  InfoHash sha1;
  std::string name;
  std::string directory;           // absolute; the content's file or folder is in it
  std::uint64_t size{};            // bytes
  std::uint32_t chunk_size{};      // bytes
  bool clean{};                    // cleanly closed, so files with these marks have the chunks
  bool fetched{};                  // some files were made for the content; `marks` says which
  std::uint64_t file_system{};     // number of the directory's file system; 0: unknown
  std::vector<FileMark> marks;     // one for each file; empty: unknown
  std::vector<std::uint8_t> info;  // the info dictionary
  friend bool operator==(const ContentRecord&, const ContentRecord&) = default;
};

struct ChunkRow {  // CHUNK(sha1 VARCHAR(40), offset INTEGER); offset in bytes
  InfoHash sha1;
  std::uint64_t offset{};
  friend auto operator<=>(const ChunkRow&, const ChunkRow&) = default;
};

// One transaction. The database carries out the fields in the order of their declaration.
struct PeerWrite {
  std::vector<ContentRecord> put;       // records to add, or to replace together with their marks
  std::vector<ChunkRow> have, lost;     // chunks to add, and chunks to delete
  std::vector<InfoHash> forget;         // contents; deletes their records, chunks and copies
  std::vector<ContentRecord> copies{};  // copies to add or replace; the content must have a record
  std::vector<InfoHash> copied{};       // contents; deletes the records of their copies
};

class PeerDb {
 public:
  virtual ~PeerDb() = default;
  virtual std::vector<ContentRecord>
  contents() = 0;  // ordered by name, then sha1; without info and marks
  virtual std::optional<ContentRecord> content(const InfoHash& sha1) = 0;
  // The unfinished copies of contents into another folder. Such a record has directory, `fetched`,
  // file system and marks of the copy. Its other values are those of the content, but `clean` is
  // always false. A copy has no chunks. Like contents(), copies() gives no info and no marks.
  virtual std::vector<ContentRecord> copies() = 0;
  virtual std::optional<ContentRecord> copy(const InfoHash& sha1) = 0;
  virtual std::vector<std::uint64_t> chunks(const InfoHash& sha1) = 0;  // offsets, ascending
  virtual std::uint64_t count(const InfoHash& sha1) = 0;                // number of chunks
  virtual void write(const PeerWrite& write) = 0;  // durable when it returns; throws DbError
};

}  // namespace swarm::db
