// Changes of term and role, and what a replica does when its components give verdicts and notices.
#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/consensus/replica_impl.hpp"

namespace swarm {

void Replica::Impl::adopt(Term higher) {
  SWARM_ASSERT(higher > s.term(), "only a higher term is adopted");
  if (s.is_master()) step_down(Cause::higher_term);
  auto& b = s.ballot.change();
  b.term = higher;
  b.vote = {};
  b.vote_boot = {};
  s.event(event::TermAdopted{higher});
  s.master = {};
  // Only a granted vote or a master postpones an election. A higher term alone does not. Otherwise
  // a candidate that can never win, but stands again and again, would keep the others from standing
  // (R7). So the earliest of the election's timers is carried over to the new term.
  const Time next = std::min({s.timers.deadline(Timer::suspect), s.timers.deadline(Timer::stand),
                              s.timers.deadline(Timer::vote_retry)});
  // A slave that waits for its rank after a silence goes on waiting. An election after a
  // certificate or a hand-over ends, because the certificate or hand-over concerned the master of
  // the former term.
  const bool goes_on = election.waits_after_silence() && s.now >= cft.promise_until();
  if (!goes_on) election.stop();
  slave.new_term();
  if (s.role == Role::candidate) s.become(Role::slave);
  SWARM_ASSERT(s.term() == higher && !s.ballot.current().vote, "a new term begins without a vote");
  SWARM_ASSERT(!s.master && !s.is_master(), "a new term begins without a master");
  if (goes_on) return;
  cft.suspect_timer();
  const bool promises = s.settings.election == ElectionOrder::ranked;
  s.timers.bring_forward(Timer::suspect, promises ? std::max(next, cft.promise_until()) : next);
}

void Replica::Impl::follow(MemberId id) {
  SWARM_ASSERT(!s.is_master(), "two masters in one term");
  if (s.role == Role::candidate) s.become(Role::slave);
  if (s.master == id) return;
  SWARM_ASSERT(!s.master, "a term has one master");
  s.master = id;
  election.stop();
  s.service.followed();
  departure.followed();
}

void Replica::Impl::step_down(Cause cause) {
  SWARM_ASSERT(s.is_master(), "only a master steps down");
  SWARM_ASSERT(s.master == s.self(), "a master follows itself until it steps down");
  s.event(event::SteppedDown{s.term(), cause});
  s.become(s.is_voter() ? Role::slave : Role::learner);
  s.master = {};
  consensus.end();
  s.service.stepped_down();
  // The service gives back the requests that waited for a commit, one slice in each step.
  if (s.service.answer()) s.timers.set(Timer::answer, s.now);
  slave.new_term();
  s.timers.clear(Timer::keep_alive);
  SWARM_ASSERT(!consensus.serving(), "a former master does not serve");
  cft.suspect_timer();
}

void Replica::Impl::begin_mastership_if_won() {
  const auto won = election.take_won();
  if (!won) return;
  SWARM_ASSERT(s.is_voter(), "only a voter becomes master (R6)");
  const auto& durable = s.ballot.durable();
  SWARM_ASSERT(durable.term == s.term() && durable.vote == s.self(),
               "a master's own vote is durable in its term (R3)");
  SWARM_ASSERT(!s.muted(), "a member is not elected while it is mute (R10)");
  SWARM_ASSERT(won->granted.size() == won->replies.size(), "each vote has its reply");
  s.master = s.self();
  s.become(Role::master);
  s.event(event::ElectionWon{s.term(), won->cause});
  cft.begin_mastership();
  membership.begin_mastership();
  departure.won();
  hearing.won(won->cause);
  // A granted vote is a promise to the winner. So the lease begins with the promises of the voters.
  for (std::size_t i = 0; i < won->granted.size(); ++i)
    cft.acknowledged_vote(won->granted[i], won->replies[i]);
  consensus.begin();
  SWARM_ASSERT(!consensus.serving(), "a winner does not serve before its NOOP is applied (R5)");
}

void Replica::Impl::take_no_part() {
  evidence.ballot_persisted();  // after a restart the ballot on the disk may say so already
  election.take_no_part();
}

void Replica::Impl::obey_evidence() {
  switch (evidence.take_verdict()) {
    case Evidence::Verdict::none:
      break;
    case Evidence::Verdict::hand_over:
      consensus.hand_over();
      break;
    case Evidence::Verdict::take_no_part:
      take_no_part();
      break;
  }
}

void Replica::Impl::obey_receiver() {
  if (const auto known = receiver.take_known()) slave.verified_up_to(known);
}

void Replica::Impl::config_changed() {
  const auto& c = s.config();
  const bool voter = s.is_voter();
  s.service.config_changed();
  s.event(event::ConfigChanged{s.log.config_index(), static_cast<std::uint32_t>(c.voters()),
                               static_cast<std::uint32_t>(c.members.size())});
  if (s.role == Role::learner && voter) {
    s.become(Role::slave);
    cft.suspect_timer();
  } else if ((s.role == Role::slave || s.role == Role::candidate) && !voter) {
    // A member that is no longer a voter abandons its candidacy (R6). The CONFIG may also have come
    // in a snapshot.
    election.stop();
    s.timers.clear(Timer::suspect);
    s.become(Role::learner);
  }
}

void Replica::Impl::applied(LogIndex index, std::uint64_t digest) {
  evidence.applied(index, digest);
  obey_evidence();
}

// ---- Orders

void Replica::Impl::clock_went_back(Duration by) {
  s.event(event::ClockWentBack{by});
  cft.clock_went_back();
  s.service.clock_went_back();
}

bool Replica::Impl::hand_over() {
  if (s.is_master()) return consensus.hand_over();
  return membership.ask_master(wire::Order::What::hand_over, MemberId{});
}

void Replica::Impl::stop() {
  s.stopping = true;
  if (s.is_master() && s.config().voters() > 1)
    consensus.hand_over();
  else
    departure.stop();
}

// ---- As others see it

Time Replica::Impl::follows_until() const {
  const bool promised = !s.is_master() && s.master && cft.promised_to() == s.master &&
                        cft.promised_term() == s.term();
  return promised ? cft.promise_until() : Time::min();
}

TrackerView Replica::Impl::view_now() const {
  TrackerView v;
  const auto& durable = s.ballot.durable();
  v.role = s.role;
  v.store = s.store();
  v.boot = s.boot;
  v.cluster = s.ballot.current().cluster;
  v.member = s.self();
  v.term = s.term();
  v.durable_term = durable.term;
  v.vote = durable.vote;
  v.master = s.master;
  v.log_begin = s.log.begin();
  v.last = s.log.last();
  v.durable = s.log.durable();
  v.verified = slave.verified();
  v.commit = s.commit;
  v.applied = s.applied;
  v.rows_applied = applier.rows_applied();
  v.last_term = s.log.last_term();
  v.promise_until = cft.promise_until();
  v.lease_until = s.is_master() ? cft.lease_until() : Time::min();
  v.answers_until = s.is_master() ? v.lease_until : s.service.passes_until();
  v.serving = s.is_master() && consensus.serving();
  v.retired = s.is_master() && consensus.retired();
  v.muted = s.muted();
  v.voter = s.is_voter();
  v.stopping = s.stopping;
  v.awaits_election = s.timers.is_set(Timer::suspect) || election.timer_is_set();
  v.deaf = hearing.deaf();
  v.group_heard = hearing.heard();
  v.voters = static_cast<std::uint32_t>(s.config().voters());
  v.members = static_cast<std::uint32_t>(s.config().members.size());
  return v;
}

}  // namespace swarm
