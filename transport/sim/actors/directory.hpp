// The data directory of a simulated tracker. It keeps the two databases in memory. It marks and
// checks them as a real tracker does (engine/db/pairing.hpp, transport/paired_dbs.hpp). Between two
// starts of the tracker, files can be lost or replaced. A database and its write-ahead log count as
// one file.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "engine/db/sqlite_ballot_db.hpp"
#include "engine/db/sqlite_tracker_db.hpp"
#include "transport/paired_dbs.hpp"
#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

class Directory {
 public:
  using File = Action::File;
  struct Copy {
    std::unique_ptr<db::SqliteTrackerDb> log;
    std::unique_ptr<db::SqliteBallotDb> ballot;
  };
  struct Found {
    db::TrackerImage image;
    std::optional<db::Ballot> ballot;
  };

  Directory() { lose(File::all); }

  // Call it at each start. Throws db::Damaged if the files do not belong together.
  Found open(const std::function<std::uint64_t()>& random);

  db::SqliteTrackerDb& log() { return *log_; }
  // The databases that the host writes. Each write goes to the file that is in the directory at
  // that moment. The directory must outlive these databases.
  std::unique_ptr<db::TrackerDb> log_of_host();
  std::unique_ptr<db::BallotDb> ballot_of_host();

  // Call these only between two starts.
  void lose(File file);  // leaves an empty file, which counts as a missing file
  Copy copy() const { return {log_->copy(), ballot_->copy()}; }
  void put_back(const Copy& copy, File file);
  // True if it is safe to put this file back: open() would notice it, or the file is not older than
  // the present one. open() notices an older ballot only if the log was written after the newer
  // ballot.
  bool is_noticed(const Copy& copy, File file) const;

 private:
  std::unique_ptr<db::SqliteTrackerDb> log_;
  std::unique_ptr<db::SqliteBallotDb> ballot_;
  std::optional<PairedDbs> paired_;  // the databases of the running process
};

}  // namespace swarm::sim
