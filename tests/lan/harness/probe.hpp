// Runs the simulator's probe peer on a real socket, on its own thread. The probe sends new
// registrations at a steady pace, each only once.
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

  void begin();  // starts to send, and forgets earlier samples
  void end();    // stops sending; still notes answers
  // The samples since begin(), in the order of sending.
  std::vector<sim::ProbePeer::Sample> samples() const;
  // Returns how many of the registrations that were sent at or after `from` are answered.
  std::size_t answered(Time from) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::unique_ptr<LoopThread> thread_;  // the last member, so that it ends before impl_
};

}  // namespace swarm::lan
