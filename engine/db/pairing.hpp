// Marks that bind the two files of a member, tracker.db and ballot.db. Each file records how much
// the other must have at least. If one file is lost, emptied, cut, swapped or replaced by an older
// copy, the two no longer fit.
#pragma once

#include <string>

#include "engine/node/tracker_db.hpp"

namespace swarm::db {

// How far the log in tracker.db reaches. The mark is durable in tracker.db before ballot.db records
// it, so ballot.db never requires more than tracker.db has.
struct LogMark {
  // A generation ends at each start, checkpoint and truncation. Within one generation the log only
  // grows. The generation is raised in the first transaction after a checkpoint, so it is in the
  // write-ahead log. If that log is lost or emptied, the newest generation is lost too, and
  // ballot.db shows it.
  std::uint64_t generation{};
  LogIndex last;
  friend bool operator==(const LogMark&, const LogMark&) = default;
};

// Of tracker.db.
struct TrackerMarks {
  StoreId store;  // the store that the file belongs to; zero: a directory of version 0.1.0, or a
                  // new one
  std::uint64_t pair{};    // random, the same in both files; zero: not paired yet
  std::uint64_t ballot{};  // the number of the last ballot that tracker.db has seen; ballot.db must
                           // have that one or a later one
  LogMark log;             // where the log ends now
  bool holds{};            // blocks or rows
};

// Of ballot.db.
struct BallotMarks {
  std::uint64_t pair{};
  std::uint64_t number{};  // counts the ballots written
  LogMark log;             // the log reaches at least as far
};

// The advice to an operator whose files do not belong together, or are damaged.
inline constexpr const char* rejoin_remedy =
    "move the data directory aside, and start with an empty one and `first-start = join`: this "
    "instance joins anew";

// True: these files have never held anything. The first start was interrupted, and the next start
// begins it again. `ballot`: nothing when there is no ballot.
bool never_held_anything(const std::optional<Ballot>& ballot, const TrackerMarks& tracker);

// Says why the ballot and the log do not belong to one member at one time. The text is part of a
// sentence; it is empty if they do. Files that version 0.1.0 has left have no marks. Two files
// without marks are accepted without these checks.
std::string why_apart(const Ballot& ballot, const BallotMarks& marks, const TrackerMarks& tracker);

}  // namespace swarm::db
