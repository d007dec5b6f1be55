// Opens the two databases of a tracker's data directory together. At each start, checkpoint and
// ballot, and along with other writes, each database records how much the other must hold
// (engine/db/pairing.hpp). A note beside them says how much both held at the last start
// (start_note.hpp). Files that do not belong together are rejected before the instance sends
// anything.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "engine/db/sqlite_ballot_db.hpp"
#include "engine/db/sqlite_tracker_db.hpp"

namespace swarm::udp {

class StoreFiles {
 public:
  // Opens `tracker.db` and `ballot.db` in an existing directory, and records in each what the other
  // holds. If neither file ever held anything, a new store begins, with ids from `random`.
  // Throws db::DbError. Throws db::Damaged, with the remedy, if data is partly lost or damaged, or
  // if the files are from different times or members.
  StoreFiles(const std::filesystem::path& directory, const std::function<std::uint64_t()>& random);
  ~StoreFiles();

  // Returns what tracker.db held when it was opened. To be called only once: the image is large, so
  // no copy stays here.
  db::TrackerImage take_image();
  const db::Ballot& ballot() const;  // the ballot when the files were opened

  // Each database may be used by only one thread. The two threads may differ.
  db::TrackerDb& tracker_db();
  db::BallotDb& ballot_db();
  // For the thread that uses tracker_db(). A checkpoint waits until the ballot is synced.
  std::size_t wal_pages() const;
  void checkpoint();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Moves the files of both databases and the note into a folder `damaged-TIME` in the directory, and
// returns that folder. Deletes nothing. Throws std::filesystem::filesystem_error and db::DbError.
std::filesystem::path set_aside(const std::filesystem::path& directory);
// True if files of this directory were ever set aside.
bool was_set_aside(const std::filesystem::path& directory);

}  // namespace swarm::udp
