// The simulator's probe peer on a real socket and a thread of its own: a new registration at a
// steady pace, each sent once.
#pragma once

#include <memory>
#include <vector>

#include "tests/lan/harness/loop_thread.hpp"
#include "tests/lan/harness/site.hpp"
#include "transport/sim/actors/probe_peer.hpp"

namespace swarm::lan {

class Probe {
 public:
  Probe(const Site& site, Duration every, std::uint64_t seed);
  ~Probe();

  void begin();  // forgets what was
  void end();    // sends no more; answers are still noted
  // In the order of sending, since begin().
  std::vector<sim::ProbePeer::Sample> samples() const;
  // How many that were sent at or after `from` are answered.
  std::size_t answered(Time from) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::unique_ptr<LoopThread> thread_;  // ends before what it runs
};

}  // namespace swarm::lan
