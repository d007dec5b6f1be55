// DB Manager, peer schema (seed section 3, figure 3): CHUNK(sha1, offset), which chunks of which
// contents are verified and on disk; beside it what is needed to believe it after a restart.
// The engine's peer never calls it: the store of its host does (engine/node/content_store.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/node/tracker_db.hpp"
#include "engine/wire/metainfo.hpp"

namespace swarm::db {

// A file as it was when its content was opened or, in good order, closed. A file system gives the
// number of one that is gone to the next one: only with the birth time it is one file's alone.
struct FileMark {
  std::string path;  // as in the metainfo
  std::uint64_t size{};
  std::int64_t changed_ns{};  // modification time
  std::uint64_t inode{};      // its number in its file system; 0: not known (of an older version)
  std::int64_t born_ns{};     // birth time; 0: the file system does not say it, or not known
  bool made{};                // for its content; otherwise it is the user's own
  friend bool operator==(const FileMark&, const FileMark&) = default;
};

// What is remembered of a content beside its chunks.
struct ContentRecord {
  InfoHash sha1;
  std::string name;
  std::string directory;           // absolute: where its file or folder lies
  std::uint64_t size{};            // bytes
  std::uint32_t chunk_size{};      // bytes
  bool clean{};                    // closed in good order: its chunks are in files of these marks
  bool fetched{};                  // some file was made for it; which one its mark says
  std::uint64_t file_system{};     // that its directory lies on; 0: not known
  std::vector<FileMark> marks;     // one per file; none: not known
  std::vector<std::uint8_t> info;  // its info dictionary
  friend bool operator==(const ContentRecord&, const ContentRecord&) = default;
};

struct ChunkRow {  // CHUNK(sha1 VARCHAR(40), offset INTEGER); offset in bytes
  InfoHash sha1;
  std::uint64_t offset{};
  friend auto operator<=>(const ChunkRow&, const ChunkRow&) = default;
};

// One transaction; the parts are carried out in this order.
struct PeerWrite {
  std::vector<ContentRecord> put;  // new, or replaced with its marks
  std::vector<ChunkRow> have, lost;
  std::vector<InfoHash> forget;         // the record, all chunks, and its copy
  std::vector<ContentRecord> copies{};  // new, or replaced with their marks; each has a record
  std::vector<InfoHash> copied{};       // their copies are none any more
};

class PeerDb {
 public:
  virtual ~PeerDb() = default;
  virtual std::vector<ContentRecord>
  contents() = 0;  // ordered by name, then sha1; no info, no marks
  virtual std::optional<ContentRecord> content(const InfoHash& sha1) = 0;
  // A copy of a content into another folder, which is under way: its directory, file system and
  // marks; the rest is that of the content. It is not clean, and no chunk is of it.
  virtual std::vector<ContentRecord> copies() = 0;  // the same
  virtual std::optional<ContentRecord> copy(const InfoHash& sha1) = 0;
  virtual std::vector<std::uint64_t> chunks(const InfoHash& sha1) = 0;  // offsets, ascending
  virtual std::uint64_t count(const InfoHash& sha1) = 0;
  virtual void write(const PeerWrite& write) = 0;  // durable when it returns; throws DbError
};

}  // namespace swarm::db
