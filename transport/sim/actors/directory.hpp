// The data directory of a simulated tracker. It keeps the two databases in memory, and marks and
// checks them like those of a real tracker (engine/db/pairing.hpp, transport/paired_dbs.hpp).
// Between two starts its files can be lost or replaced. A write-ahead log goes with its database.
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

  // Called at each start. Throws db::Damaged if the files do not belong together.
  Found open(const std::function<std::uint64_t()>& random);

  db::SqliteTrackerDb& log() { return *log_; }
  // The databases that the host writes. Each write goes to the file that is in the directory at
  // that moment. The directory must outlive them.
  std::unique_ptr<db::TrackerDb> log_of_host();
  std::unique_ptr<db::BallotDb> ballot_of_host();

  // Between two starts.
  void lose(File file);  // a missing file and an empty file are the same
  Copy copy() const { return {log_->copy(), ballot_->copy()}; }
  void put_back(const Copy& copy, File file);
  // True: if this file were put back, open() would notice it, or nothing would be lost. open()
  // notices an older ballot only if the log was written since the newer ballot.
  bool is_noticed(const Copy& copy, File file) const;

 private:
  std::unique_ptr<db::SqliteTrackerDb> log_;
  std::unique_ptr<db::SqliteBallotDb> ballot_;
  std::optional<PairedDbs> paired_;  // the databases of the running process
};

}  // namespace swarm::sim
