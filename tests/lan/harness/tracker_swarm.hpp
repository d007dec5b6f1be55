// Real trackers on a site, and the words for what is done to them and waited for. Everything that
// is waited for is seen from outside, as an operator sees it: status and metrics.
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

  // Trackers are t1, t2, ... on the host of their number; made when they are first named.
  TrackerProcess& t(unsigned host);
  void start(unsigned host, const Keys& keys = {});  // which add to those of its last start
  void found(const Keys& keys = {});                 // t1, t2 and t3 start, and are a swarm
  std::vector<TrackerProcess*> running() const;
  const std::vector<std::unique_ptr<TrackerProcess>>& trackers() const { return trackers_; }
  void end_all() { trackers_.clear(); }

  // Waits until there are so many members, each a voter that follows a master (or serves), and has
  // on its disk what was committed when this was asked.
  void await_members(std::size_t count = 3);
  void await_in_step();  // nothing more is to be committed, applied or written: without a load
  // A line of /metrics: the name with its labels. Zero when there is none.
  double metric(unsigned host, const std::string& name);
  void await_metric(unsigned host, const std::string& name, double least);
  void await_logged(unsigned host,
                    const std::string& words);  // in some line, since its first start

  TrackerProcess& master();  // waits until one serves
  TrackerProcess& slave();   // some other
  void await_master_other_than(const TrackerProcess& old);
  void hand_over();  // by order; waits for the new one

 private:
  bool have(std::size_t count, LogIndex target) const;
  bool in_step() const;
  LogIndex highest_commit() const;
  TrackerProcess* serving(const TrackerProcess* but) const;

  std::vector<std::unique_ptr<TrackerProcess>> trackers_;
};

}  // namespace swarm::lan
