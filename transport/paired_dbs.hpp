// Writes the two databases of a member, so that each records what the other must have at least
// (engine/db/pairing.hpp). These marks are written at each start and checkpoint, and with each
// other write of a database. The real host and the simulated host both use this class.
#pragma once

#include <functional>
#include <memory>

#include "engine/db/sqlite_ballot_db.hpp"
#include "engine/db/sqlite_tracker_db.hpp"

namespace swarm {

class PairedDbs {
 public:
  // Both databases must outlive this object. From now on, they must be written only through it.
  PairedDbs(db::SqliteTrackerDb& tracker, db::SqliteBallotDb& ballot);
  ~PairedDbs();

  // Writes the marks of both databases. Call this at each start, after why_apart() has found that
  // they belong together. `ballot` is the ballot in the database, which is written again; it is
  // empty if no ballot was ever written. The tracker's database is marked first; then `between` is
  // called; then the ballot's database is marked. So the ballot's marks never require a log that is
  // not durable yet. Throws db::DbError.
  void mark(const std::optional<db::Ballot>& ballot, const std::function<std::uint64_t()>& random,
            const std::function<void()>& between = {});

  // Each of the two may be used by one thread only, but not necessarily the same thread.
  db::TrackerDb& tracker_db();
  db::BallotDb& ballot_db();
  // Makes a checkpoint of the tracker's database, and then writes the ballot with the new marks.
  // Must be called on the thread that writes the tracker's database. Waits until the ballot is on
  // disk.
  void checkpoint();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm
