#include "engine/db/pairing.hpp"

#include <fmt/format.h>

namespace swarm::db {

bool never_held_anything(const std::optional<Ballot>& ballot, const TrackerMarks& tracker) {
  return !tracker.holds && !(ballot && ballot->member);
}

std::string why_apart(const Ballot& ballot, const BallotMarks& marks, const TrackerMarks& tracker) {
  if (tracker.store && tracker.store != ballot.store)
    return fmt::format("tracker.db is of store {:x} and ballot.db of store {:x}",
                       tracker.store.value, ballot.store.value);
  if (tracker.ballot > marks.number)
    return fmt::format(
        "ballot.db is older than tracker.db, or has lost its ballot.db-wal: its last "
        "ballot is {}, and {} was seen",
        marks.number, tracker.ballot);
  if (marks.pair == 0) return {};  // not paired yet: tracker.db is marked first
  if (tracker.pair == 0) return "tracker.db is new, or of version 0.1.0, and ballot.db is not";
  if (tracker.pair != marks.pair) return "tracker.db and ballot.db are of two directories";
  if (tracker.log.generation < marks.log.generation)
    return "tracker.db is older than ballot.db, or has lost its tracker.db-wal";
  if (tracker.log.generation == marks.log.generation && tracker.log.last < marks.log.last)
    return fmt::format("the log in tracker.db ends at block {} and has reached block {}",
                       tracker.log.last.value, marks.log.last.value);
  return {};
}

}  // namespace swarm::db
