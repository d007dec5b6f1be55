// DB Manager, peer schema (seed section 3, figure 3): CHUNK(sha1, offset) has the chunks that are
// verified and on disk. Other tables have what a restart needs to decide whether CHUNK is still
// true. The engine's peer never calls this port. The store of its host does
// (engine/node/content_store.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/node/tracker_db.hpp"
#include "engine/wire/metainfo.hpp"

namespace swarm::db {

// A file as it was when its content was opened or cleanly closed. A file system gives the inode of
// a deleted file to a new file, so only inode and birth time together identify a file.
struct FileMark {
  std::string path;  // as in the metainfo
  std::uint64_t size{};
  std::int64_t changed_ns{};  // modification time
  std::uint64_t inode{};      // number in its file system; 0: unknown (older version)
  std::int64_t born_ns{};     // birth time; 0: unknown, or the file system has none
  bool made{};                // made for its content; otherwise it is the user's own file
  friend bool operator==(const FileMark&, const FileMark&) = default;
};

// What the database remembers of a content, besides its chunks.
struct ContentRecord {
  InfoHash sha1;
  std::string name;
  std::string directory;           // absolute; its file or folder is in it
  std::uint64_t size{};            // bytes
  std::uint32_t chunk_size{};      // bytes
  bool clean{};                    // cleanly closed: files with these marks have its chunks
  bool fetched{};                  // some files were made for it; the marks say which
  std::uint64_t file_system{};     // of its directory; 0: unknown
  std::vector<FileMark> marks;     // one per file; empty: unknown
  std::vector<std::uint8_t> info;  // its info dictionary
  friend bool operator==(const ContentRecord&, const ContentRecord&) = default;
};

struct ChunkRow {  // CHUNK(sha1 VARCHAR(40), offset INTEGER); offset in bytes
  InfoHash sha1;
  std::uint64_t offset{};
  friend auto operator<=>(const ChunkRow&, const ChunkRow&) = default;
};

// One transaction. The fields are carried out in the order in which they are declared.
struct PeerWrite {
  std::vector<ContentRecord> put;  // added, or replaced together with their marks
  std::vector<ChunkRow> have, lost;
  std::vector<InfoHash> forget;         // delete the record, all its chunks, and its copy
  std::vector<ContentRecord> copies{};  // like `put`; each content must have a record
  std::vector<InfoHash> copied{};       // delete the copies of these contents
};

class PeerDb {
 public:
  virtual ~PeerDb() = default;
  virtual std::vector<ContentRecord>
  contents() = 0;  // ordered by name, then sha1; without info and marks
  virtual std::optional<ContentRecord> content(const InfoHash& sha1) = 0;
  // Unfinished copies of contents into another folder. Such a record has the directory, file system
  // and marks of the copy; all else is that of the content. A copy is never clean and has no
  // chunks.
  virtual std::vector<ContentRecord> copies() = 0;  // like contents()
  virtual std::optional<ContentRecord> copy(const InfoHash& sha1) = 0;
  virtual std::vector<std::uint64_t> chunks(const InfoHash& sha1) = 0;  // offsets, ascending
  virtual std::uint64_t count(const InfoHash& sha1) = 0;
  virtual void write(const PeerWrite& write) = 0;  // durable when it returns; throws DbError
};

}  // namespace swarm::db
