// What a tracker knows of one member: filled from that member's messages, and passed on as it is up
// to /status and the metrics. No member is asked for it, so a dead one delays nothing.
#pragma once

#include <optional>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/node/block.hpp"
#include "engine/node/events.hpp"

namespace swarm {

// What a replica tells of itself in STATUS. wire::Status is a struct of its own, since it has what
// the datagram has: no term, which is in the header; milliseconds; and whom the sender hears.
struct ReplicaStatus {
  Role role{};
  Term term;
  MemberId master;  // that it follows, or itself; zero: none
  LogIndex last, durable, commit, applied;
  std::uint32_t peers{}, contents{};
  Duration uptime{};  // since its start()
};

struct MemberReport {
  Member member;  // as the CONFIG has it
  bool self{};
  // So long ago; 0 for itself; empty: never, and what follows means nothing.
  std::optional<Duration> last_heard;
  Endpoint heard_from;   // its source address then; it may differ from the one in the CONFIG
  bool ended{};          // its supervisor has since reported the end of its process (DEAD)
  bool two_processes{};  // R31: were heard with its disk, and none for ten seconds alone since
  // By its last STATUS. Acknowledgements update durable and applied in between.
  ReplicaStatus told;
  std::uint64_t behind{};  // blocks that told.applied is behind what this tracker knows committed

  // It is at another address than the CONFIG says, or a copy of its data directory speaks.
  bool moved() const {
    return !two_processes && last_heard && heard_from != Endpoint{} && heard_from != member.cluster;
  }
};

}  // namespace swarm
