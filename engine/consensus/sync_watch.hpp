// How long the syncs of one disk queue take, as a tracker sees it. The host syncs tickets in
// groups, one group after another. So the sync of the waiting tickets begins when the host reports
// the group before them.
#pragma once

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/base/clock.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {

class SyncWatch {
 public:
  void handed(Time now) {  // the host was given a ticket
    if (since_ == never) since_ = now;
  }
  void reported(Time now, bool more) {  // a sync has ended; `more`: other tickets wait
    SWARM_ASSERT(since_ == never || since_ <= now, "a sync ends after it has begun");
    if (since_ != never) last_ = now - since_;
    ended_ = now;
    since_ = more ? now : never;
  }

  Time since() const { return since_; }  // when the sync in progress began; never if there is none
  Duration age(Time now) const { return since_ == never ? Duration{} : now - since_; }
  // Returns the longer of two times: the time that the sync in progress has taken so far, and the
  // time that the sync before it took. If only the sync in progress counted, a disk that always
  // takes a second would look fast half of the time. After some time without any sync, the last
  // sync no longer counts.
  Duration length(Time now) const {
    return std::max(age(now), since_ == never && now - ended_ > timing::slow_sync_forgiven
                                  ? Duration{}
                                  : last_);
  }

 private:
  Time since_ = never;
  Time ended_{};  // when the last sync ended; has no effect before the first
  Duration last_{};
};

}  // namespace swarm
