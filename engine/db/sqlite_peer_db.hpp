// DB Manager, peer schema, on SQLite. The table of seed figure 3:
//
//   CHUNK(sha1 VARCHAR(40), offset INTEGER)     sha1: 40 lower-case hex digits; offset in bytes
//
// The figure has STRING(40) for sha1. In SQLite such a column has NUMERIC affinity, which would
// turn a hash of digits only into a number. The other tables are in third normal form: CONTENT
// (what is remembered of each content), INFO (its info dictionary) and FILE_MARK (its files).
// Version 2 added whether files were made for a content, its file system, and the inodes of the
// files. Version 3 added the birth time of each file, and whether it was made for the content.
// Version 4 added COPY and COPY_MARK (unfinished copies into another folder).
#pragma once

#include <memory>

#include "engine/db/peer_db.hpp"

namespace swarm::db {

// For one thread at a time. Several processes may have the file open. A write waits up to 20
// seconds for the writes of other processes. A read sees what was committed when it began.
class SqlitePeerDb final : public PeerDb {
 public:
  // Opens the file, or creates it. ":memory:" makes a database that lives as long as the object.
  // Throws DbError if the file is foreign, corrupt, of another format, or cannot be opened.
  explicit SqlitePeerDb(const std::string& path);
  ~SqlitePeerDb() override;

  std::vector<ContentRecord> contents() override;
  std::optional<ContentRecord> content(const InfoHash& sha1) override;
  std::vector<ContentRecord> copies() override;
  std::optional<ContentRecord> copy(const InfoHash& sha1) override;
  std::vector<std::uint64_t> chunks(const InfoHash& sha1) override;
  std::uint64_t count(const InfoHash& sha1) override;
  // If PeerWrite::put replaces a record and has no info dictionary, the former info dictionary
  // stays. A failed write has written nothing, and the next write may succeed.
  void write(const PeerWrite& write) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::db
