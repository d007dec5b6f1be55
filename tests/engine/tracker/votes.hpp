// Steps that several tests of elections share.
#pragma once

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::votes {

// Makes the tracker follow master 2 in `term`, with a promise to that master.
inline void follow(SoloTracker& t, std::uint64_t term = 1) {
  t.keep_alive(2, term);
}

inline bool granted(const SoloTracker& t) {
  for (const auto& reply : t.said<wire::VoteReply>())
    if (reply.granted) return true;
  return false;
}

}  // namespace swarm::test::votes
