// DB Manager, tracker schema, on SQLite. The tables of seed figure 2, to the letter:
//
//   "PEER-INFO"(id INTEGER, host VARCHAR(255), port INTEGER)    host: 10.0.0.1, 2001:db8::1
//   CONTENTS(sha1 VARCHAR(40), peer_id INTEGER)                 sha1: 40 lower-case hex digits
//
// (the figure's STRING(40) has NUMERIC affinity: an all-digit hash would become a number). Beside
// them, in third normal form: SEEDERS (the contents that a peer has all of; it leeches the others),
// COMPLETED (per content and address family, 4 or 6: how many completed it), LOG, META (one row)
// and MEMBERS (the CONFIG in force just before the log's first entry).
#pragma once

#include "engine/db/pairing.hpp"
#include "engine/node/tracker_db.hpp"

namespace swarm::db {

// For one thread at a time. A file is held under an exclusive lock from opening to closing.
class SqliteTrackerDb final : public TrackerDb {
 public:
  // Opens the file, or creates it; ":memory:" makes a database that lives as long as the object.
  // Throws DbError: in use by another, foreign, corrupt, of another format, cannot be opened.
  explicit SqliteTrackerDb(const std::string& path);
  ~SqliteTrackerDb() override;
  std::unique_ptr<SqliteTrackerDb> copy() const;  // in memory; of what is in it now

  TrackerImage load() override;
  // Row changes of the group are merged: the last one of a row wins, then they are made in the
  // order of their keys. After a failure every further write is refused. Throws AssertionFailed,
  // with nothing written, on a log with a gap, and on rows that go back, that are ahead of the log,
  // or whose next block has been dropped (R11, R15).
  void write(std::span<const TrackerWrite* const> group) override;

  // Moves the write-ahead log into the file. The host calls it between groups, when nothing waits
  // or the log has grown large (wal_pages, of 4 KiB); never done inside a commit.
  void checkpoint();
  std::size_t wal_pages() const;

  bool created() const;        // by this object: there was no such file, or nothing in it
  TrackerMarks marks() const;  // as they are durable
  // The ballot of this number is durable: the next transaction says so, no other is made for it.
  void note_ballot(std::uint64_t number);
  // One transaction: whose the file is, and a new generation of the log. At each start, and right
  // after each checkpoint, before anything else is written.
  void mark(StoreId store, std::uint64_t pair);

  // From the rows of SQL, not from memory: equal tables, equal digests.
  std::uint64_t rows_digest() const;
  // Where the rows of SQL stand.
  Applied applied() const;

 private:
  explicit SqliteTrackerDb(const SqliteTrackerDb* source);
  friend std::string first_difference(const SqliteTrackerDb& a, const SqliteTrackerDb& b);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Compares "PEER-INFO", CONTENTS, SEEDERS and COMPLETED row for row, in the order of their keys:
// empty when they are equal, else a sentence on the first difference.
std::string first_difference(const SqliteTrackerDb& a, const SqliteTrackerDb& b);

}  // namespace swarm::db
