// Real trackers on a site, with functions to act on them and to wait for them. A wait sees only
// what an operator sees: status, metrics and logs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/lan/harness/site.hpp"
#include "tests/lan/harness/tracker_process.hpp"

namespace swarm::lan {

class TrackerSwarm {
 public:
  virtual ~TrackerSwarm() = default;

 protected:
  virtual const Site& where() const = 0;

  // The tracker on this host: t1 on host 1, and so on. The first call makes it.
  TrackerProcess& t(unsigned host);
  void start(unsigned host, const Keys& keys = {});  // adds `keys` to those of its last start
  void found(const Keys& keys = {});                 // starts t1, t2 and t3, which found a swarm
  std::vector<TrackerProcess*> running() const;
  const std::vector<std::unique_ptr<TrackerProcess>>& trackers() const { return trackers_; }
  void end_all() { trackers_.clear(); }

  // Waits until there are so many members. Each must be a voter that follows a master or serves.
  // Each must have on its disk all blocks that were committed at the time of this call.
  void await_members(std::size_t count = 3);
  // Waits until all members have committed, applied and written everything. Call it without a load.
  void await_in_step();
  // The value of a line of /metrics. `name` includes the labels. 0 if there is no such line.
  double metric(unsigned host, const std::string& name);
  void await_metric(unsigned host, const std::string& name, double least);
  void await_logged(unsigned host,
                    const std::string& words);  // looks at all lines since its first start

  TrackerProcess& master();  // waits until a master serves
  TrackerProcess& slave();   // returns a running tracker that is not the master
  void await_master_other_than(const TrackerProcess& old);
  void hand_over();  // orders a hand-over, and waits for the new master

 private:
  bool have(std::size_t count, LogIndex target) const;
  bool in_step() const;
  LogIndex highest_commit() const;
  TrackerProcess* serving(const TrackerProcess* but) const;

  std::vector<std::unique_ptr<TrackerProcess>> trackers_;
};

}  // namespace swarm::lan
