// Which members' data directories are known to be copied, for the log: the tracker tells that two
// processes were heard with one disk, and nobody tells that this is over.
#pragma once

#include <map>
#include <vector>

#include "engine/node/member_report.hpp"
#include "transport/udp/tracker/health_monitor.hpp"

namespace swarm::udp {

class CopiedDisks {
 public:
  // Once a second or so. The first time the tracker has said it itself (event::DisksDiffer).
  std::vector<HealthMonitor::Line> look(const std::vector<MemberReport>& members);

 private:
  std::map<StoreId, bool> copied_;  // of which it was ever told: whether it is so now
};

}  // namespace swarm::udp
