// Marks that bind the two files of a member, tracker.db and ballot.db. Each file records the least
// that the other file must have. If one file is lost, emptied, truncated, swapped or replaced by an
// older copy, the marks of the two files no longer fit.
#pragma once

#include <string>

#include "engine/node/tracker_db.hpp"

namespace swarm::db {

// How far the log in tracker.db reaches. The mark is durable in tracker.db before ballot.db records
// it, so ballot.db never requires more than tracker.db has.
struct LogMark {
  // A new generation begins at each start, checkpoint, truncation and installed snapshot. Within
  // one generation the log only grows. The first transaction after a checkpoint writes the new
  // generation, so the new number is only in SQLite's write-ahead log. If the write-ahead log is
  // lost or emptied, tracker.db falls back to an earlier generation. ballot.db still has the number
  // of the lost generation, and so reveals the loss.
  std::uint64_t generation{};
  LogIndex last;
  friend bool operator==(const LogMark&, const LogMark&) = default;
};

// The marks in tracker.db.
struct TrackerMarks {
  StoreId store;         // the file's owner; zero: the file is new, or of version 0.1.0
  std::uint64_t pair{};  // random, the same in both files; zero: not paired yet
  // The number of the last ballot that tracker.db has recorded. The ballot in ballot.db must have
  // this number or a higher one.
  std::uint64_t ballot{};
  LogMark log;   // where the log ends now
  bool holds{};  // true: there are or were blocks or rows
};

// The marks in ballot.db.
struct BallotMarks {
  std::uint64_t pair{};
  std::uint64_t number{};  // counts the ballots written
  LogMark log;             // the log in tracker.db must reach at least this mark
};

// The advice to an operator whose files are damaged or do not belong together.
inline constexpr const char* rejoin_remedy =
    "move the data directory aside, and start with an empty one and `first-start = join`: this "
    "instance joins anew";

// True if the two files have never held anything, because the first start was interrupted. Then the
// next start begins again. `ballot` is empty if ballot.db has no ballot.
bool never_held_anything(const std::optional<Ballot>& ballot, const TrackerMarks& tracker);

// Says why ballot.db and tracker.db are not from the same member and time. The text is part of a
// sentence. It is empty if the marks show no such reason. Files of version 0.1.0 have no marks, so
// two files without marks pass unchecked.
std::string why_apart(const Ballot& ballot, const BallotMarks& marks, const TrackerMarks& tracker);

}  // namespace swarm::db
