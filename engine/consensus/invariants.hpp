// The invariants of one tracker, checked after every simulated step. Basic invariants hold in every
// state. Delta invariants hold between two successive states of a process. The remaining invariants
// hold between the last state before a restart and the first state after it.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/node/events.hpp"

namespace swarm {

// A summary of a tracker's state, plain values only.
struct TrackerView {
  Role role = Role::stranger;
  StoreId store;
  BootId boot;
  ClusterId cluster;
  MemberId member;
  Term term;          // the current term
  Term durable_term;  // the term of the ballot on the disk
  MemberId vote;      // the durable vote, in durable_term
  MemberId master;    // the master that it follows, or itself; zero if it knows none
  LogIndex log_begin{1}, last, durable, verified, commit, applied, rows_applied;
  Term last_term;                    // the term of the log's last block
  Time promise_until = Time::min();  // the end of its last promise (R1)
  Time lease_until = Time::min();    // a master answers only before this time
  // It answers only before this time: the end of its lease, or of its right to pass on its master's
  // answers (R25).
  Time answers_until = Time::min();
  bool serving{};               // R5: it may answer while its lease holds
  bool retired{};               // R9: it has handed over in this term
  bool muted{};                 // R10: it neither votes nor stands for election
  bool voter{};                 // it is a voter by the last CONFIG of its own log
  bool stopping{};              // it is about to end, and no longer stands for election
  bool awaits_election{};       // a timer is set that leads to an election
  bool deaf{};                  // R27: it misses the datagrams of the group
  std::uint64_t group_heard{};  // the number of group datagrams since the start
  std::uint32_t voters{}, members{};
};

class Invariants {
 public:
  // Each throws AssertionFailed, with a sentence that names the invariant that does not hold.
  static void basic(const TrackerView& now);
  // Both states are of one process.
  static void delta(const TrackerView& before, const TrackerView& after);
  // Both states are of one store.
  static void across_restart(const TrackerView& before, const TrackerView& after);
};

}  // namespace swarm
