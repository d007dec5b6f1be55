// The two databases of a member as its host writes them: each is told what the other has
// (engine/db/pairing.hpp), at each start, checkpoint and ballot, and in passing with what is
// written anyway. The real host and the simulated one use the same class.
#pragma once

#include <functional>
#include <memory>

#include "engine/db/sqlite_ballot_db.hpp"
#include "engine/db/sqlite_tracker_db.hpp"

namespace swarm {

class PairedDbs {
 public:
  // Both outlive it, and are written through it alone from here on.
  PairedDbs(db::SqliteTrackerDb& tracker, db::SqliteBallotDb& ballot);
  ~PairedDbs();

  // At each start, once they are known to belong together: marks both. `ballot`: as it is, and is
  // written again; nothing: the first one is still to come. First the log, then what `between`
  // does, then the ballot: it never asks for what is not durable yet. Throws db::DbError.
  void mark(const std::optional<db::Ballot>& ballot, const std::function<std::uint64_t()>& random,
            const std::function<void()>& between = {});

  // Each for the one thread that writes it; the two threads may differ.
  db::TrackerDb& tracker_db();
  db::BallotDb& ballot_db();
  // On the thread that writes the tracker's database. Waits for a sync of the ballot.
  void checkpoint();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm
