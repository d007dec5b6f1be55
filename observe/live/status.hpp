// The status of an instance and of its swarm: /status as JSON, and the table that `swarm-tracker
// status` prints. The instance reports what it knows already. It asks no other member, so it never
// waits for a dead one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/node/events.hpp"
#include "engine/node/member_report.hpp"

namespace swarm::observe {

// The status of the instance that writes it. A MemberReport would not do, because an instance knows
// more about itself than about the other members.
struct Status {
  std::string name, version;
  std::int64_t pid{};
  bool ready{};  // follows a master, or serves peers itself
  ClusterId cluster;
  MemberId member, master;  // zero: none
  Role role{};
  Term term;
  bool serving{};
  Duration uptime{};
  LogIndex log_begin, last, durable, commit, applied, rows_applied;
  std::uint64_t contents{}, peers{}, memory_bytes{};
  bool deaf{};                       // receives nothing from the group, though other members do
  std::uint64_t group_heard{};       // the number of datagrams received from peers via the group
  bool full{};                       // a limit is reached: new peers are answered but not stored
  std::vector<std::string> remarks;  // sentences: what it waits for, which senders are unexpected
  std::vector<MemberReport> members;
};

// Writes one object on one line. The keys are the names of the members of Status, in a fixed order.
// Ids of cluster and store have 16 hexadecimal digits. Roles and standings are written by name, and
// addresses as text. Durations are in seconds: `uptime_s` and `last_heard_s` (null if the member
// was never heard). Each member of the swarm is a flat object: its `address` is the one in the
// CONFIG, and told.master and told.durable are left out.
std::string status_json(const Status& status);
// Reads the object that status_json() writes. Throws std::runtime_error with a sentence if `json`
// is anything else.
Status read_status(std::string_view json);
// The table for a terminal: a headline about the swarm, then one line per member.
std::string status_table(const Status& status, bool colour);

}  // namespace swarm::observe
