// What binds the two files of a member to each other: each tells what the other must have. One file
// lost, emptied, cut, swapped or put back from an older copy does not fit the other any more.
#pragma once

#include <string>

#include "engine/node/tracker_db.hpp"

namespace swarm::db {

// How far the log in tracker.db reaches. Durable there before the ballot is told of it, so that the
// ballot never asks for more than there is.
struct LogMark {
  // Counts starts, checkpoints and truncations: within one of them the log only grows. It is raised
  // in the first transaction after a checkpoint; so a write-ahead log that is lost or emptied while
  // it is in use takes the newest generation with it.
  std::uint64_t generation{};
  LogIndex last;
  friend bool operator==(const LogMark&, const LogMark&) = default;
};

// Of tracker.db.
struct TrackerMarks {
  StoreId store;           // whose it is; zero: a directory of version 0.1.0, or a new one
  std::uint64_t pair{};    // random, the same in both files; zero: not paired yet
  std::uint64_t ballot{};  // the ballot is at least the one of this number
  LogMark log;             // as it is
  bool holds{};            // blocks or rows
};

// Of ballot.db.
struct BallotMarks {
  std::uint64_t pair{};
  std::uint64_t number{};  // counts the ballots written
  LogMark log;             // the log reaches at least as far
};

// What an operator does with files that do not belong together, or are damaged.
inline constexpr const char* rejoin_remedy =
    "move the data directory aside, and start with an empty one and `first-start = join`: this "
    "instance joins anew";

// Nothing was ever held in these files: the first start was cut short, and begins again. `ballot`:
// nothing when there is no ballot.
bool never_held_anything(const std::optional<Ballot>& ballot, const TrackerMarks& tracker);

// Why a ballot and a log are not those of one member at one time, as a part of a sentence; empty
// when they are. What version 0.1.0 has left, without marks, is taken for what it seems.
std::string why_apart(const Ballot& ballot, const BallotMarks& marks, const TrackerMarks& tracker);

}  // namespace swarm::db
