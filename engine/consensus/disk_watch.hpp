// Watches the syncs of a replica's two disk queues, and tells when one takes too long (R9).
#pragma once

#include <algorithm>

#include "engine/base/clock.hpp"
#include "engine/consensus/sync_watch.hpp"

namespace swarm {

class DiskWatch {
 public:
  SyncWatch log, ballot;

  Duration age(Time now) const {  // age of the oldest sync in progress; zero if there is none
    return std::max(ballot.age(now), log.age(now));
  }
  Duration length(Time now) const {  // sync time of the slower queue; stated as `sync_age` (R9)
    return std::max(ballot.length(now), log.length(now));
  }

  // Called at the end of a step. True: since the last call, another sync has become the oldest one
  // in progress, or none is in progress any more. The caller then sets its timer to look_at().
  bool changed() {
    const Time since = std::min(ballot.since(), log.since());
    if (since == watched_since_) return false;
    watched_since_ = since;
    told_slow_ = false;
    return true;
  }
  // The time at which the watched sync will have taken `after`; never if no sync is in progress.
  Time look_at(Duration after) const {
    return watched_since_ == never ? never : watched_since_ + after;
  }
  // Notes that the watched sync is slow. True only the first time for each sync.
  bool tell_slow() { return !std::exchange(told_slow_, true); }

 private:
  Time watched_since_ = never;  // when the watched sync began
  bool told_slow_ = false;      // tell_slow() was called for the watched sync
};

}  // namespace swarm
