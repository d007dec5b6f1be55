// DB Manager, tracker schema, on SQLite. The tables of seed figure 2, with the names of the figure:
//
//   "PEER-INFO"(id INTEGER, host VARCHAR(255), port INTEGER)    host: 10.0.0.1, 2001:db8::1
//   CONTENTS(sha1 VARCHAR(40), peer_id INTEGER)                 sha1: 40 lower-case hex digits
//
// The figure has STRING(40) for sha1. In SQLite such a column has NUMERIC affinity, which would
// turn a hash of digits only into a number. The other tables are in third normal form: SEEDERS (the
// rows of CONTENTS whose peer is a seeder; the other rows are of leechers), COMPLETED (for each
// content and address family, 4 or 6: how many peers completed it), LOG, META (one row) and
// MEMBERS. META and MEMBERS have the CONFIG in force just before the log's first block.
#pragma once

#include "engine/db/pairing.hpp"
#include "engine/node/tracker_db.hpp"

namespace swarm::db {

// For one thread at a time. The object holds an exclusive lock on the file until it is destroyed.
class SqliteTrackerDb final : public TrackerDb {
 public:
  // Opens the file, or creates it. ":memory:" makes a database that lives as long as the object.
  // Throws DbError if the file is in use by another process, foreign, corrupt, of another format,
  // or cannot be opened.
  explicit SqliteTrackerDb(const std::string& path);
  ~SqliteTrackerDb() override;
  std::unique_ptr<SqliteTrackerDb> copy() const;  // copies the present contents, in memory

  TrackerImage load() override;
  // Merges the row changes of the group: makes only the last change of each row, in the order of
  // the keys. After a failed write, every further write fails. Throws AssertionFailed and writes
  // nothing if the log would have a gap, or if the rows would go back, be ahead of the log, or need
  // a block that the log has dropped (R11, R15).
  void write(std::span<const TrackerWrite* const> group) override;

  // Moves the write-ahead log into the file. SQLite never does this inside a commit. The host calls
  // it between groups, when no write waits or the write-ahead log has become large.
  void checkpoint();
  std::size_t wal_pages() const;  // size of the write-ahead log, in pages of 4 KiB

  bool created() const;        // true: there was no file before, or an empty one
  TrackerMarks marks() const;  // the marks that are durable in the file
  // Says that the ballot of this number is durable. The next transaction also records the number.
  // This call makes no transaction.
  void note_ballot(std::uint64_t number);
  // Records in one transaction the store and the pair that the file belongs to, and begins a new
  // generation of the log. The host calls it at each start and right after each checkpoint, before
  // any other write.
  void mark(StoreId store, std::uint64_t pair);

  // A digest of the rows in the file, not of those in memory. Equal tables have equal digests.
  std::uint64_t rows_digest() const;
  // The point of the log that the rows in the file have reached.
  Applied applied() const;

 private:
  explicit SqliteTrackerDb(const SqliteTrackerDb* source);
  friend std::string first_difference(const SqliteTrackerDb& a, const SqliteTrackerDb& b);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Compares "PEER-INFO", CONTENTS, SEEDERS and COMPLETED row by row, in the order of their keys.
// Returns a sentence about the first difference, or an empty text if they are equal.
std::string first_difference(const SqliteTrackerDb& a, const SqliteTrackerDb& b);

}  // namespace swarm::db
