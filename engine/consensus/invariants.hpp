// The invariants of one tracker, checked after every simulated step. Basic ones are true in every
// state. Delta ones are true between two successive states of a process, or across a restart.
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
  Term term;          // as adopted
  Term durable_term;  // as on disk
  MemberId vote;      // in durable_term
  MemberId master;    // that it follows, or itself; zero: none known
  LogIndex log_begin{1}, last, durable, verified, commit, applied, rows_applied;
  Term last_term;
  Time promise_until = Time::min();  // to `master`; R1
  Time lease_until = Time::min();    // of a master; it answers before it only
  Time answers_until = Time::min();  // answers leave before it: the lease, or R25
  bool serving{};                    // R5: may answer while the lease holds
  bool retired{};                    // R9: handed over in this term
  bool muted{};                      // R10
  bool voter{};                      // by the CONFIG of its own log
  bool stopping{};                   // it ends, and stands no more
  bool awaits_election{};            // a timer is set that leads to one
  bool deaf{};                       // R27: hears nothing of the group while others do
  std::uint64_t group_heard{};       // datagrams of the group, since the start
  std::uint32_t voters{}, members{};
};

class Invariants {
 public:
  // Each throws AssertionFailed with a sentence when it does not hold.
  static void basic(const TrackerView& now);
  static void delta(const TrackerView& before, const TrackerView& after);           // same boot
  static void across_restart(const TrackerView& before, const TrackerView& after);  // same store
};

}  // namespace swarm
