// What this replica knows about each other member.
#pragma once

#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/node/member_report.hpp"

namespace swarm {

struct MemberState {
  MemberId id;
  BootId boot;
  Endpoint address;         // where its last datagram came from
  Time heard{Time::min()};  // when its last datagram came
  // The member's last STATUS. A master also takes `durable` and `applied` from the member's
  // acknowledgements.
  ReplicaStatus told;
  // When its last datagram of the present version of the protocol came, and its last one of the
  // previous version.
  bool dead = false;  // its supervisor has said that the process `boot` has died
  // Only a master keeps the following fields, and only for its own term.
  // The latest send time, on this clock, of a message that the member has acknowledged.
  Time acknowledged{Time::min()};
  // The time until which the lease may count on this member: the send time of an acknowledged
  // message plus 0.8 x the promise in the acknowledgement.
  Time lease{Time::min()};
  // The member has all blocks up to `received`, and up to `match` they are durable and verified
  // (READY).
  LogIndex received, match;
  std::uint64_t ahead{};  // the blocks beyond `received` that it has, as in KA_ACK
  Duration sync_age{};    // how long its sync takes (R9), as in KA_ACK
  // ReadyPolicy::in_sync: the time at which the member stopped making progress.
  Time lagging_since = never;
  LogIndex lagging_at;  // `match` at that time
  // For a learner (R20): the process that is up to date, since when, and when that was last seen.
  BootId up_to_date_boot;
  Time up_to_date_since{Time::min()}, up_to_date_at{Time::min()};
};

class MemberStates {
 public:
  MemberState& of(MemberId id) {  // adds the member if it is not known yet
    for (auto& m : all_)
      if (m.id == id) return m;
    auto& m = all_.emplace_back();
    m.id = id;
    m.told.role = Role::slave;  // until its first STATUS states its role
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
