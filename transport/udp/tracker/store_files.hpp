// The two databases of a tracker's data directory, opened together: each is told what the other has
// (engine/db/pairing.hpp), at each start, checkpoint, ballot and, in passing, with what is written
// anyway. What both had at the last start is noted beside them (start_note.hpp). What does not
// belong together is refused before anything is said to anybody.
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
  // Opens `tracker.db` and `ballot.db` in a directory that is there, makes them where nothing was
  // ever held, and marks them. `random` gives the ids of a new store. Throws db::DbError, and
  // db::Damaged with the remedy for what is lost in part, damaged, or of two times or members.
  StoreFiles(const std::filesystem::path& directory, const std::function<std::uint64_t()>& random);
  ~StoreFiles();

  db::TrackerImage take_image();     // as it was found; once, it is large
  const db::Ballot& ballot() const;  // of the start

  // Each for the one thread that writes it; the two threads may differ.
  db::TrackerDb& tracker_db();
  db::BallotDb& ballot_db();
  // On the thread that writes the tracker's database. A checkpoint waits for a sync of the ballot.
  std::size_t wal_pages() const;
  void checkpoint();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What was damaged moves into a folder `damaged-TIME` of the directory, which it returns; nothing
// is deleted. Throws std::filesystem::filesystem_error.
std::filesystem::path set_aside(const std::filesystem::path& directory);
// Something was set aside here.
bool was_set_aside(const std::filesystem::path& directory);

}  // namespace swarm::udp
