#include "engine/consensus/suspicion.hpp"

namespace swarm {

void Suspicion::silence() {
  if (s_.is_master() || !s_.is_member() || !s_.is_voter()) return;
  // A tracker that stops does not stand (R7).
  if (s_.stopping) return departure_.master_silent();
  // No election by silence begins before the promise has run out (R1).
  if (s_.now < cft_.promise_until() && s_.settings.election == ElectionOrder::ranked)
    return cft_.suspect_timer();
  // A member that leaves lets the others stand first (R20).
  if (const Time from = departure_.may_stand_from(); s_.now < from)
    return s_.timers.set(Timer::suspect, from);
  if (election_.running()) return;
  const auto former = s_.master;
  if (former) s_.event(event::MasterSuspected{former, s_.term(), Cause::silence});
  s_.master = {};
  election_.begin(Cause::silence, {former, cft_.promised_boot(), {}});
}

void Suspicion::on_dead(const wire::Dead& dead) {
  if (!s_.settings.certificates || dead.member == s_.self()) return;
  auto& m = s_.members.of(dead.member);
  if (m.boot == dead.boot) m.dead = true;
  // A promise ends only with the death of the very process that was promised. Another process of
  // that member may be the master now, and its lease may rest on this promise (R1).
  if (s_.is_master() || cft_.promised_to() != dead.member || cft_.promised_boot() != dead.boot)
    return;
  if (departure_.under_way() || s_.stopping) return;  // this member lets the others stand
  if (s_.master && s_.master != dead.member) return;  // a later master is known already
  if (!s_.is_voter() || certified_ == dead.boot) return;
  const bool next_term = s_.term() > cft_.promised_term();
  // A VOTE came before the certificate, and this member has voted in that election.
  if (next_term && s_.ballot.current().vote) return;
  certified_ = dead.boot;
  s_.event(event::MasterSuspected{dead.member, s_.term(), Cause::certificate});
  s_.master = {};
  const auto first = cft_.first_successor();
  election_.begin(Cause::certificate, {dead.member, dead.boot, dead.store});
  // The pledge (R4) is only for the term after the dead master's, and for a successor that lives.
  const bool ranked = s_.settings.election == ElectionOrder::ranked;
  const auto* successor = s_.members.find(first);
  if (ranked && election_.waits_for_its_turn() && !next_term && first != s_.self() && !s_.muted() &&
      successor && successor->boot && !successor->dead)
    election_.pledge(first, successor->boot);
}

}  // namespace swarm
