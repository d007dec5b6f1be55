// What one tracker knows of one member: what it was last told. Nobody is asked for it, so nobody
// dead is waited for.
#pragma once

#include <optional>

#include "engine/base/clock.hpp"
#include "engine/node/events.hpp"
#include "engine/node/operation.hpp"

namespace swarm {

struct MemberReport {
  Member member;  // as the CONFIG has it
  bool self{};
  std::optional<Time> heard;  // own clock; nothing: never, and then what follows means nothing
  Endpoint heard_from;        // its address then, which may be another than the CONFIG's
  bool ended{};               // its supervisor has said since that its process has ended
  bool two_processes{};       // R31: were heard with its disk, and none for ten seconds alone since
  // Of its last STATUS; acknowledgements bring durable and applied up to date between them.
  Role role{};
  Term term;
  MemberId master;  // that it follows, or itself; zero: none
  LogIndex last, durable, commit, applied;
  std::uint32_t peers{}, contents{};
  Duration uptime{};  // since its start(), at that STATUS
};

}  // namespace swarm
