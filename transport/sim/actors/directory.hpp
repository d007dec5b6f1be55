// The data directory of a simulated tracker: its two databases, in memory, marked and checked as
// those of a real one are (engine/db/pairing.hpp, transport/paired_dbs.hpp), and what may become of
// its files between two starts. A write-ahead log belongs to its database.
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

  // At each start. Throws db::Damaged when the files do not belong together.
  Found open(const std::function<std::uint64_t()>& random);

  db::SqliteTrackerDb& log() { return *log_; }
  // What the host writes through; they write to what is there at that moment. They live no longer
  // than the directory does.
  std::unique_ptr<db::TrackerDb> log_of_host();
  std::unique_ptr<db::BallotDb> ballot_of_host();

  // Between two starts.
  void lose(File file);  // gone, or emptied: what is not there, and what is empty, is the same
  Copy copy() const { return {log_->copy(), ballot_->copy()}; }
  void put_back(const Copy& copy, File file);
  // With that file put back, whoever looks at both files would see it, or nothing was lost: a
  // ballot of before a vote is not noticed before something is written to the log.
  bool is_noticed(const Copy& copy, File file) const;

 private:
  std::unique_ptr<db::SqliteTrackerDb> log_;
  std::unique_ptr<db::SqliteBallotDb> ballot_;
  std::optional<PairedDbs> paired_;  // of the process that runs
};

}  // namespace swarm::sim
