// The state of each other member, as this replica knows it.
#pragma once

#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/node/member_report.hpp"

namespace swarm {

struct MemberState {
  MemberId id;
  BootId boot;
  Endpoint address;  // that it was last heard from
  Time heard{Time::min()};
  // By STATUS; durable and applied by acknowledgements too.
  ReplicaStatus told;
  bool dead = false;  // its supervisor said so, for this boot
  // Kept by a master, of the term that it leads:
  Time acknowledged{Time::min()};  // own time of the sending that it last acknowledged
  Time lease{Time::min()};         // sending + 0.8 x the promise stated for it
  LogIndex received, match;        // received: contiguous; match: durable and verified (READY)
  std::uint64_t ahead{};
  Duration sync_age{};
  Time lagging_since = never;  // ReadyPolicy::in_sync: holds blocks back since
  LogIndex lagging_at;         // and was there then
  // For a learner (R20): the process that is up to date, since when, and when that was last seen.
  BootId up_to_date_boot;
  Time up_to_date_since{Time::min()}, up_to_date_at{Time::min()};
};

class MemberStates {
 public:
  MemberState& of(MemberId id) {  // made on use
    for (auto& m : all_)
      if (m.id == id) return m;
    auto& m = all_.emplace_back();
    m.id = id;
    m.told.role = Role::slave;  // until its STATUS says what it is
    return m;
  }
  const MemberState* find(MemberId id) const {
    for (const auto& m : all_)
      if (m.id == id) return &m;
    return nullptr;
  }
  auto begin() { return all_.begin(); }
  auto end() { return all_.end(); }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  std::vector<MemberState> all_;
};

}  // namespace swarm
