// Tells the log which members' data directories are known to be copied. The tracker reports that it
// received from two processes with one disk, but does not report when that has ended.
#pragma once

#include <map>
#include <vector>

#include "engine/node/member_report.hpp"
#include "transport/udp/tracker/health_monitor.hpp"

namespace swarm::udp {

class CopiedDisks {
 public:
  // To be called about once a second. The first report about a disk comes from the tracker itself
  // (event::DisksDiffer), so this class reports only what follows.
  std::vector<HealthMonitor::Line> look(const std::vector<MemberReport>& members);

 private:
  std::map<StoreId, bool> copied_;  // every disk ever reported: whether it is copied now
};

}  // namespace swarm::udp
