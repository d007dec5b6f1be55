// What an instance tells of itself and of its swarm: /status as JSON, and the table that
// `swarm-tracker status` prints. From what it knows; nobody is asked, so nobody dead is waited for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/node/events.hpp"
#include "engine/node/operation.hpp"

namespace swarm::observe {

struct MemberStatus {
  MemberId id;
  Endpoint address;  // of the cluster channel
  StoreId store;
  Standing standing{};
  bool in_sync{}, self{};
  bool two_processes{};  // were heard with its disk: its data directory was copied
  bool ended{};          // its process has, as its supervisor has said since it was heard
  // As it last told; meaningless when last_heard is empty: never heard.
  Role role{};
  Term term;
  LogIndex commit, applied, last;
  std::uint64_t behind{};  // blocks that its applied index is behind our commit index
  std::uint32_t peers{}, contents{};
  Duration uptime{};
  std::optional<Duration> last_heard;  // so long ago; 0 for itself
  Endpoint heard_from;                 // when it is not `address`, it has moved, or a copy speaks
  bool moved() const {
    return !two_processes && last_heard && heard_from != Endpoint{} && heard_from != address;
  }
};

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
  std::vector<MemberStatus> members;
};

// One object, one line, fixed order of keys: names as above; ids of cluster and store as 16
// hexadecimal digits, roles and standings by name, durations in seconds (`uptime_s`,
// `last_heard_s`: null when never), addresses as text.
std::string status_json(const Status& status);
// Reads it back; throws std::runtime_error (a sentence) for anything else.
Status read_status(std::string_view json);
// The table for a terminal: a head line on the swarm, then a line per member.
std::string status_table(const Status& status, bool colour);

}  // namespace swarm::observe
