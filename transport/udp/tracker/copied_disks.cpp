#include "transport/udp/tracker/copied_disks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "observe/live/log_line.hpp"

namespace swarm::udp {

std::vector<HealthMonitor::Line> CopiedDisks::look(const std::vector<MemberReport>& members) {
  std::vector<HealthMonitor::Line> lines;
  std::erase_if(copied_, [&](const auto& known) {
    return std::none_of(members.begin(), members.end(),
                        [&](const MemberReport& m) { return m.member.store == known.first; });
  });
  for (const auto& m : members) {
    const auto known = copied_.find(m.member.store);
    const bool before = known != copied_.end() && known->second;
    if (m.two_processes == before) continue;
    if (!m.two_processes)
      lines.emplace_back(LogLevel::notice,
                         fmt::format("one process alone is heard with the disk of member {} now: "
                                     "the other one was not heard for ten seconds",
                                     m.member.id.value));
    else if (known != copied_.end())
      lines.emplace_back(
          LogLevel::error,
          observe::log_line(
              event::DisksDiffer{event::DisksDiffer::What::two_processes, m.member.id, {}, {}})
              .sentence);
    copied_.insert_or_assign(m.member.store, m.two_processes);
  }
  return lines;
}

}  // namespace swarm::udp
