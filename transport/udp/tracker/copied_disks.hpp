// Logs when a member's data directory stops being in use by two processes (one of them has a copy),
// and when two processes use it again. The tracker itself reports only the first such use.
#pragma once

#include <map>
#include <vector>

#include "engine/node/member_report.hpp"
#include "transport/udp/tracker/health_monitor.hpp"

namespace swarm::udp {

class CopiedDisks {
 public:
  // To be called about once a second. Returns no line for the first use by two processes, because
  // the tracker reports it (event::DisksDiffer).
  std::vector<HealthMonitor::Line> look(const std::vector<MemberReport>& members);

 private:
  std::map<StoreId, bool> copied_;  // for every disk ever reported: whether two processes use it
};

}  // namespace swarm::udp
