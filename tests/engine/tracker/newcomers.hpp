// Helpers for tests of joining: stores that send JOIN, the CONFIGs that a member proposes for them,
// and its answers.
#pragma once

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::newcomers {

inline constexpr auto welcome = static_cast<std::uint8_t>(wire::JoinStatus::welcome);

inline bool remove(SoloTracker& t, std::uint32_t n) {
  bool taken = false;
  t.act([&](Tracker& tracker, Time now, Outbox& out) {
    taken = tracker.remove(now, MemberId{n}, out);
  });
  return taken;
}

// Delivers a JOIN of this store, from the address of member n.
inline void join(SoloTracker& t, std::uint64_t store, std::uint32_t n) {
  const wire::Header header{{}, {}, {}, BootId{store}, StoreId{store}, {}};
  t.hear(header, wire::Join{address_of(n)}, address_of(n));
}

// Options with which a learner gets a vote as soon as it has caught up.
inline SoloTracker::Options with_quick_voters() {
  SoloTracker::Options options;
  options.settings.stabilisation = 0s;
  return options;
}

}  // namespace swarm::test::newcomers
