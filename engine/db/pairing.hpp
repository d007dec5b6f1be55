// Marks that bind the two files of a member, tracker.db and ballot.db. Each file records what the
// other must have at least. If one file is lost, emptied, cut, swapped or replaced by an older
// copy, the marks no longer fit.
#pragma once

#include <string>

#include "engine/node/tracker_db.hpp"

namespace swarm::db {

// How far the log in tracker.db reaches. The mark is durable in tracker.db before ballot.db records
// it, so ballot.db never requires more than tracker.db has.
struct LogMark {
  // A new generation begins at each start, checkpoint, truncation and installed snapshot. Within
  // one generation the log only grows. The first transaction after a checkpoint writes the new
  // generation, so it is in SQLite's write-ahead log. If the write-ahead log is lost or emptied,
  // this generation is lost too. ballot.db still has its number, and so reveals the loss.
  std::uint64_t generation{};
  LogIndex last;
  friend bool operator==(const LogMark&, const LogMark&) = default;
};

// The marks in tracker.db.
struct TrackerMarks {
  StoreId store;  // that the file belongs to; zero: a directory of version 0.1.0, or a new one
  std::uint64_t pair{};    // random, the same in both files; zero: not paired yet
  std::uint64_t ballot{};  // the number of the last ballot that tracker.db has seen; ballot.db must
                           // have that one or a later one
  LogMark log;             // where the log ends now
  bool holds{};            // true: there are or were blocks or rows
};

// The marks in ballot.db.
struct BallotMarks {
  std::uint64_t pair{};
  std::uint64_t number{};  // counts the ballots written
  LogMark log;             // tracker.db's log must reach at least so far
};

// The advice to an operator whose files are damaged or do not belong together.
inline constexpr const char* rejoin_remedy =
    "move the data directory aside, and start with an empty one and `first-start = join`: this "
    "instance joins anew";

// True if these files have never held anything, because the first start was interrupted. The next
// start then begins again. `ballot` is empty if the file has no ballot.
bool never_held_anything(const std::optional<Ballot>& ballot, const TrackerMarks& tracker);

// Says why the ballot and the log are not from the same member and time. The text is part of a
// sentence. It is empty if they are. Files of version 0.1.0 have no marks. Two files without marks
// are accepted unchecked.
std::string why_apart(const Ballot& ballot, const BallotMarks& marks, const TrackerMarks& tracker);

}  // namespace swarm::db
