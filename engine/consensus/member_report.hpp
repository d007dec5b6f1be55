// A tracker's knowledge of one member, from that member's last messages. No member is queried for
// it, so a dead member delays nothing.
#pragma once

#include <optional>

#include "engine/base/clock.hpp"
#include "engine/node/events.hpp"
#include "engine/node/operation.hpp"

namespace swarm {

struct MemberReport {
  Member member;  // as the CONFIG has it
  bool self{};
  std::optional<Time>
      heard;             // on this tracker's clock; empty: never, and what follows means nothing
  Endpoint heard_from;   // its source address then; it may differ from the one in the CONFIG
  bool ended{};          // its supervisor has since reported the end of its process (DEAD)
  bool two_processes{};  // R31: were heard with its disk, and none for ten seconds alone since
  // From its last STATUS. Acknowledgements update durable and applied in between.
  Role role{};
  Term term;
  MemberId master;  // that it follows, or itself; zero: none
  LogIndex last, durable, commit, applied;
  std::uint32_t peers{}, contents{};
  Duration uptime{};  // since its start(), at that STATUS
};

}  // namespace swarm
