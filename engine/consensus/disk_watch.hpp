// The syncs of a replica's two disks, and what to do when one takes too long (R9).
#pragma once

#include <algorithm>

#include "engine/base/clock.hpp"
#include "engine/consensus/sync_watch.hpp"

namespace swarm {

class DiskWatch {
 public:
  SyncWatch log, ballot;

  Duration age(Time now) const {  // of the syncs in progress, the older one's
    return std::max(ballot.age(now), log.age(now));
  }
  Duration length(Time now) const {  // as acknowledgements tell it: of the slower queue
    return std::max(ballot.length(now), log.length(now));
  }

  // Ends a step. True: another sync is the older one now, or none is in progress; the look at it is
  // due at look_at().
  bool changed() {
    const Time since = std::min(ballot.since(), log.since());
    if (since == watched_since_) return false;
    watched_since_ = since;
    told_slow_ = false;
    return true;
  }
  Time look_at(Duration after) const {  // never: none is in progress
    return watched_since_ == never ? never : watched_since_ + after;
  }
  // The sync that is watched is slow; true once for each.
  bool tell_slow() { return !std::exchange(told_slow_, true); }

 private:
  Time watched_since_ = never;  // of the sync that is looked at
  bool told_slow_ = false;      // that one
};

}  // namespace swarm
