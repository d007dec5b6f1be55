// DB Manager, peer schema, on SQLite. The table of seed figure 3:
//
//   CHUNK(sha1 VARCHAR(40), offset INTEGER)     sha1: 40 lower-case hex digits; offset in bytes
//
// (the figure's STRING(40) has NUMERIC affinity: an all-digit hash would become a number). Beside
// it, in third normal form: CONTENT (what is remembered of each content), INFO (its info
// dictionary) and FILE_MARK (its files). Version 2 added who made the files, on which
// file system they lie, and their inodes; version 3 their birth times, and who made each of them;
// version 4 COPY and COPY_MARK (a copy into another folder that is under way).
#pragma once

#include <memory>

#include "engine/db/peer_db.hpp"

namespace swarm::db {

// For one thread at a time. Several processes may have the file open; a write waits up to 20
// seconds for theirs, and reads see what was committed when they began.
class SqlitePeerDb final : public PeerDb {
 public:
  // Opens the file, or creates it; ":memory:" makes a database that lives as long as the object.
  // Throws DbError: foreign, corrupt, of another format, cannot be opened.
  explicit SqlitePeerDb(const std::string& path);
  ~SqlitePeerDb() override;

  std::vector<ContentRecord> contents() override;
  std::optional<ContentRecord> content(const InfoHash& sha1) override;
  std::vector<ContentRecord> copies() override;
  std::optional<ContentRecord> copy(const InfoHash& sha1) override;
  std::vector<std::uint64_t> chunks(const InfoHash& sha1) override;
  std::uint64_t count(const InfoHash& sha1) override;
  // A record that is put without an info dictionary keeps the one that it had. A failed write has
  // written nothing; the next one may succeed.
  void write(const PeerWrite& write) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::db
