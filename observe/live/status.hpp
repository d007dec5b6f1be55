// What an instance tells of itself and of its swarm: /status as JSON, and the table that
// `swarm-tracker status` prints. From what it knows; nobody is asked, so nobody dead is waited for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/node/events.hpp"
#include "engine/node/member_report.hpp"

namespace swarm::observe {

// Of the instance itself; not a MemberReport, since it knows more of itself than members tell.
struct Status {
  std::string name, version;
  std::int64_t pid{};
  bool ready{};  // has a master that it follows, or serves itself
  ClusterId cluster;
  MemberId member, master;  // zero: none
  Role role{};
  Term term;
  bool serving{};
  Duration uptime{};
  LogIndex log_begin, last, durable, commit, applied, rows_applied;
  std::uint64_t contents{}, peers{}, memory_bytes{};
  bool deaf{};                       // hears nothing of the group while others do
  std::uint64_t group_heard{};       // datagrams that peers sent to the group
  bool full{};                       // a cap is reached: new peers are answered but not stored
  std::vector<std::string> remarks;  // sentences: what it waits for, whom else it hears
  std::vector<MemberReport> members;
};

// One object, one line, fixed order of keys: names as above; ids of cluster and store as 16
// hexadecimal digits, roles and standings by name, durations in seconds (`uptime_s`,
// `last_heard_s`: null when never), addresses as text. Members are flat objects, in which `address`
// is that of the CONFIG; told.master and told.durable are left out.
std::string status_json(const Status& status);
// Reads it back; throws std::runtime_error (a sentence) for anything else.
Status read_status(std::string_view json);
// The table for a terminal: a head line on the swarm, then a line per member.
std::string status_table(const Status& status, bool colour);

}  // namespace swarm::observe
