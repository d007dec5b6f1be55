#include "engine/consensus/invariants.hpp"

#include "engine/base/assert.hpp"

namespace swarm {

void Invariants::basic(const TrackerView& v) {
  SWARM_ASSERT(v.applied <= v.commit, "only what is committed is applied");
  SWARM_ASSERT(v.rows_applied <= v.applied, "the rows follow the index, never lead it");
  SWARM_ASSERT(v.commit <= v.last, "what is committed is in the log");
  SWARM_ASSERT(v.durable <= v.last, "what is durable is in the log");
  SWARM_ASSERT(v.log_begin <= v.rows_applied + 1, "the log reaches back to the rows (replay)");
  SWARM_ASSERT(v.verified <= v.last, "what is verified is in the log");
  SWARM_ASSERT(v.role == Role::master || v.verified >= v.commit, "a slave's commit is verified");
  SWARM_ASSERT(v.durable_term <= v.term, "the durable term follows the adopted one");
  SWARM_ASSERT(v.last_term <= v.term, "no block is of a later term than this member's (R0)");
  if (v.role == Role::master) {
    SWARM_ASSERT(v.durable_term == v.term, "a master's term is durable");
    SWARM_ASSERT(v.vote == v.member, "a master voted for itself (R3)");
    SWARM_ASSERT(v.master == v.member, "a master follows itself");
  } else {
    SWARM_ASSERT(!v.serving && !v.retired, "only a master serves or hands over");
    SWARM_ASSERT(v.answers_until == Time::min() || (v.master && v.answers_until <= v.promise_until),
                 "a slave passes on what its master says while its promise to it holds (R25)");
  }
  if (v.role == Role::slave || v.role == Role::candidate) {
    SWARM_ASSERT(v.voter, "a slave and a candidate are voters (R6)");
    SWARM_ASSERT(v.awaits_election || v.stopping,
                 "a voter that is no master has a timer that leads to an election");
  }
  SWARM_ASSERT(v.role != Role::stranger || v.last == LogIndex{}, "a stranger has no log");
}

void Invariants::delta(const TrackerView& before, const TrackerView& after) {
  SWARM_ASSERT(before.boot == after.boot && before.store == after.store, "the same process");
  SWARM_ASSERT(after.term >= before.term, "terms never go back");
  SWARM_ASSERT(after.durable_term >= before.durable_term, "the ballot never goes back");
  SWARM_ASSERT(after.commit >= before.commit, "the commit index never goes back in a process");
  SWARM_ASSERT(after.applied >= before.applied, "applied never goes back");
  SWARM_ASSERT(after.rows_applied >= before.rows_applied, "applied rows never go back");
  SWARM_ASSERT(after.log_begin >= before.log_begin, "dropped blocks do not come back");
  if (before.durable_term == after.durable_term)
    SWARM_ASSERT(!before.vote || after.vote == before.vote, "one vote per term (R4)");
  if (before.term == after.term) {
    SWARM_ASSERT(
        before.role == Role::master || after.role != Role::master || before.role == Role::candidate,
        "only a candidate becomes master");
    SWARM_ASSERT(!before.retired || after.retired || after.role != Role::master,
                 "who handed over never answers in that term again (R9)");
    SWARM_ASSERT(
        before.role != Role::master || after.role != Role::master || after.last >= before.last,
        "a master only appends");
  }
}

void Invariants::across_restart(const TrackerView& before, const TrackerView& after) {
  SWARM_ASSERT(before.store == after.store, "the same disk");
  SWARM_ASSERT(after.term >= before.durable_term, "the ballot survives a restart");
  if (after.durable_term == before.durable_term)
    SWARM_ASSERT(!before.vote || after.vote == before.vote, "the vote survives a restart (R4)");
  SWARM_ASSERT(after.rows_applied >= before.rows_applied, "applied rows survive a restart");
  SWARM_ASSERT(after.last >= before.durable || after.log_begin > before.durable,
               "what was durable survives a restart");
}

}  // namespace swarm
