// What a tracker knows about one member, for /status and the metrics. The tracker learns it from
// messages that the member sends anyway. It asks no member, so a dead member delays nothing.
#pragma once

#include <optional>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/node/block.hpp"
#include "engine/node/events.hpp"

namespace swarm {

// What a replica says about itself in STATUS. wire::Status is the body of that datagram. It has no
// term, because the header has the term. It gives the uptime in milliseconds, and also lists the
// members that the sender hears.
struct ReplicaStatus {
  Role role{};
  Term term;
  MemberId master;  // the master that the replica follows, or itself; zero: none
  LogIndex last, durable, commit, applied;
  std::uint32_t peers{}, contents{};
  Duration uptime{};  // time since the replica's start()
};

struct MemberReport {
  Member member;  // as in the CONFIG
  bool self{};
  // Time since the last datagram from the member; 0 for this tracker itself. If it is empty, no
  // datagram ever came, and the fields below have no meaning.
  std::optional<Duration> last_heard;
  Endpoint heard_from;  // source address of that datagram; it may differ from the CONFIG's
  bool ended{};         // after that datagram, a supervisor reported the end of the process (DEAD)
  // R31: two processes with the member's store id were heard in turn, and the doubt is not settled.
  // It is settled when only one of the processes has been heard for ten seconds.
  bool two_processes{};
  // The member's last STATUS. If this tracker is the master, acknowledgements of the member also
  // update `durable` and `applied`.
  ReplicaStatus told;
  std::uint64_t behind{};  // blocks from told.applied to this tracker's commit index

  // True if the member's datagrams come from an address that the CONFIG does not give. Then the
  // member has moved, or another process uses a copy of its data directory. If two_processes is
  // true, moved() is false.
  bool moved() const {
    return !two_processes && last_heard && heard_from != Endpoint{} && heard_from != member.cluster;
  }
};

}  // namespace swarm
