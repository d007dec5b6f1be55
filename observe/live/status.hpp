// The status of an instance and of its swarm: /status as JSON, and the table that `swarm-tracker
// status` prints. The instance reports what it knows and asks nobody, so it never waits for a dead
// member.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/node/events.hpp"
#include "engine/node/member_report.hpp"

namespace swarm::observe {

// The instance itself. It is no MemberReport, because an instance knows more about itself than
// members report.
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
  std::uint64_t group_heard{};       // datagrams that peers sent to the group
  bool full{};                       // a limit is reached: new peers are answered but not stored
  std::vector<std::string> remarks;  // sentences: what it waits for, whom else it receives from
  std::vector<MemberReport> members;
};

// Writes one object on one line, with keys in a fixed order and named as above. Ids of cluster and
// store have 16 hexadecimal digits. Roles and standings have their names, and addresses are text.
// Durations are in seconds: `uptime_s`, and `last_heard_s`, which is null if the member was never
// heard. Members are flat objects; `address` is the one in the CONFIG. told.master and told.durable
// are left out.
std::string status_json(const Status& status);
// Reads such an object back. Throws std::runtime_error with a sentence for anything else.
Status read_status(std::string_view json);
// The table for a terminal: a headline about the swarm, then one line per member.
std::string status_table(const Status& status, bool colour);

}  // namespace swarm::observe
