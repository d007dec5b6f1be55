// Opens the two databases of a tracker's data directory together. Each records what the other has
// (engine/db/pairing.hpp): at each start, checkpoint and ballot, and along with other writes. A
// note beside them says what both had at the last start (start_note.hpp). Files that do not belong
// together are rejected before the instance sends anything.
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
  // Opens `tracker.db` and `ballot.db` in an existing directory and marks them. Makes them if they
  // never held anything. `random` gives the ids of a new store. Throws db::DbError. Throws
  // db::Damaged, with the remedy, if data is partly lost or damaged, or if the files are from
  // different times or members.
  StoreFiles(const std::filesystem::path& directory, const std::function<std::uint64_t()>& random);
  ~StoreFiles();

  db::TrackerImage take_image();     // as found at the opening; can be taken once; large
  const db::Ballot& ballot() const;  // the ballot at the start

  // Each is for the one thread that writes it. The two threads may differ.
  db::TrackerDb& tracker_db();
  db::BallotDb& ballot_db();
  // For the thread that writes the tracker's database. A checkpoint waits for a sync of the ballot.
  std::size_t wal_pages() const;
  void checkpoint();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Moves damaged files into a folder `damaged-TIME` in the directory and returns that folder.
// Deletes nothing. Throws std::filesystem::filesystem_error.
std::filesystem::path set_aside(const std::filesystem::path& directory);
// Whether files were set aside here.
bool was_set_aside(const std::filesystem::path& directory);

}  // namespace swarm::udp
