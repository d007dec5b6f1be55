// DB Manager, identity and ballot of one tracker, on SQLite. A tiny file of its own, so that a vote
// never queues behind a batch of rows (R4): BALLOT (one row), GENESIS and UNFIT (one row or none),
// and GENESIS_MEMBERS.
#pragma once

#include "engine/db/pairing.hpp"
#include "engine/node/tracker_db.hpp"

namespace swarm::db {

// For one thread at a time. A file is held under an exclusive lock from opening to closing.
class SqliteBallotDb final : public BallotDb {
 public:
  // Opens the file, or creates it; ":memory:" makes a database that lives as long as the object.
  // Throws DbError: in use by another, foreign, corrupt, of another format, cannot be opened.
  // Damaged: what is in it is not what was written.
  explicit SqliteBallotDb(const std::string& path);
  ~SqliteBallotDb() override;
  std::unique_ptr<SqliteBallotDb> copy() const;  // in memory; of what is in it now

  std::optional<Ballot> load() override;
  // After a failure every further write is refused. Throws AssertionFailed, with nothing written,
  // when the store id changes, the term or the highest promise goes back (R4, R10), or one that
  // takes no part would take part again.
  void write(const Ballot& ballot) override;

  BallotMarks marks() const;  // as they are durable
  // They go into each ballot that is written from now on.
  void note_pair(std::uint64_t pair);
  void note_log(const LogMark& log);

 private:
  explicit SqliteBallotDb(const SqliteBallotDb* source);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::db
