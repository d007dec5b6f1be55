// DB Manager, identity and ballot of one tracker, on SQLite. They are in a small file of their own,
// so that a vote never queues behind a batch of rows (R4). Its tables: BALLOT (one row), GENESIS
// and UNFIT (one row or none), and GENESIS_MEMBERS.
#pragma once

#include "engine/db/pairing.hpp"
#include "engine/node/tracker_db.hpp"

namespace swarm::db {

// For one thread at a time. The object holds an exclusive lock on the file until it is destroyed.
class SqliteBallotDb final : public BallotDb {
 public:
  // Opens the file, or creates it. ":memory:" makes a database that lives as long as the object.
  // Throws DbError if the file is in use by another process, foreign, corrupt, of another format,
  // or cannot be opened. Throws Damaged if its contents are not those that were written.
  explicit SqliteBallotDb(const std::string& path);
  ~SqliteBallotDb() override;
  std::unique_ptr<SqliteBallotDb> copy() const;  // copies the present contents, in memory

  std::optional<Ballot> load() override;
  // After a failed write, every further write fails. Throws AssertionFailed and writes nothing if
  // the store id changes, if the term or the longest promise goes back (R4, R10), or if the fault
  // of an unfit store changes or disappears.
  void write(const Ballot& ballot) override;

  BallotMarks marks() const;  // the marks that are durable in the file
  // Set the pair, or the mark of the log, that each later write() stores with its ballot.
  void note_pair(std::uint64_t pair);
  void note_log(const LogMark& log);

 private:
  explicit SqliteBallotDb(const SqliteBallotDb* source);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::db
