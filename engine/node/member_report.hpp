// What a tracker knows about one member. The tracker collects it from that member's messages and
// shows it in /status and the metrics. It asks no member for it, so a dead member delays nothing.
#pragma once

#include <optional>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/node/block.hpp"
#include "engine/node/events.hpp"

namespace swarm {

// What a replica says about itself in STATUS. wire::Status is the form of the datagram, and differs
// from this struct: the term is in the header, the uptime is in milliseconds, and it lists the
// members that the sender hears.
struct ReplicaStatus {
  Role role{};
  Term term;
  MemberId master;  // the master that it follows, or itself; zero: none
  LogIndex last, durable, commit, applied;
  std::uint32_t peers{}, contents{};
  Duration uptime{};  // since its start()
};

struct MemberReport {
  Member member;  // as in the CONFIG
  bool self{};
  // How long ago the last datagram came from the member; 0 for this tracker itself. Empty if none
  // ever came; the fields below then mean nothing.
  std::optional<Duration> last_heard;
  Endpoint heard_from;  // source address of that datagram; it may differ from the CONFIG's
  bool ended{};         // since then its supervisor reported the end of its process (DEAD)
  // R31: two processes were heard in turn with its store id, and since then never one of them alone
  // for ten seconds.
  bool two_processes{};
  // From its last STATUS. Between two STATUS, acknowledgements update `durable` and `applied`.
  ReplicaStatus told;
  std::uint64_t behind{};  // blocks from told.applied to the commit index that this tracker knows

  // Its datagrams come from another address than the CONFIG has: it has moved, or a copy of its
  // data directory speaks. False once two_processes is known.
  bool moved() const {
    return !two_processes && last_heard && heard_from != Endpoint{} && heard_from != member.cluster;
  }
};

}  // namespace swarm
